"""The published warehouse for programs: rows as JSON, and the server for agents.

This room turns a question into an answer of plain values and limited size. `rows` runs SQL and
returns its rows as JSON values, also for `roofhouse query`; `answers` has a function per tool;
`server` offers these through the Model Context Protocol, and is the only module that imports its
SDK. Nothing here writes. The meaning of tables and macros is in `contracts` and sql/questions.

Read `answers` next.
"""
