"""Orchestration: everything that knows Dagster.

`assets` and `checks` turn tables, rules and check files into assets and checks, `ui_metadata` and
`charts` are what the UI shows of them, `automation` has the jobs, the schedule and the sensors,
`alerts` the sensors that tell an operator; `look` is what they and `roofhouse status` see.
`runner` runs a job from Python, `webserver` starts the UI, `resource` opens the build database
for a run, `last_run` is its record for `roofhouse status`, `retention` deletes old runs,
`dagster_home` and `dagster_internals` deal with Dagster's own files and private modules. Work
that does not need Dagster does not belong here: `transform` builds tables, `publish` publishes.

Read `assets` next.
"""
