"""Alerts: an operator receives one message when a problem begins and one when it ends.

tell, happened
  ├─ event      a problem that begins or ends, and the words for its end
  ├─ conditions what is wrong now, from the facts that `roofhouse status` prints
  ├─ late       a source that is not fetched, a warehouse that is not built
  ├─ book       the events that were sent, and those that wait; on disk
  ├─ message    events as JSON, of our own shape or of Slack's
  └─ channels   an HTTP POST, or a command

Nothing here imports Dagster: the sensors in `orchestration` and `roofhouse alert` call it.
Collecting the facts does not belong here, nor does output for a terminal.

Read `tell` next.
"""
