"""Alerts: an operator is told of what begins to be wrong, and of what has ended, once each.

tell, happened
  ├─ event      what may be wrong, and the words for its end
  ├─ conditions what is wrong now, from the facts that `roofhouse status` tells
  ├─ late       a source that is not fetched, a warehouse that is not built
  ├─ book       what was told, and what waits to be told; on disk
  ├─ message    events as JSON, of our own shape or of Slack's
  └─ channels   an HTTP POST, or a command

Nothing here knows Dagster: the sensors in `orchestration` call it, and so does `roofhouse alert`.
What is looked at does not belong here, nor what a terminal shows.

Read `tell` next.
"""
