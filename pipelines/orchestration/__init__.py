"""Orchestration: everything that imports Dagster.

`assets` and `checks` turn tables, rules and check files into assets and checks; `ui_metadata` and
`charts` make what the UI shows of them. `automation` has the jobs, the schedule and the sensors,
and `alerts` the sensors that alert an operator; these and `roofhouse status` get their facts from
`look`. `runner` runs a job from Python, `webserver` starts the UI, `resource` opens the build
database for a run, `last_run` records the run for `roofhouse status`, `retention` deletes old
runs, and `dagster_home` and `dagster_internals` deal with Dagster's own files and private modules.
Work that does not need Dagster is elsewhere: `transform` builds tables, `publish` publishes.

Read `assets` next.
"""
