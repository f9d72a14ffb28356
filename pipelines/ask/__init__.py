"""The published warehouse for programs that ask: rows as JSON, and the server for agents.

Here belongs what turns a question into a bounded answer of plain values. `rows` runs SQL and makes
its rows JSON, for `roofhouse query` too; `answers` has a function per tool; `server` offers them by
the Model Context Protocol and is the only module that imports its SDK. Nothing here writes, and
what a table or a macro means is said in `contracts` and sql/questions.

Read `answers` next.
"""
