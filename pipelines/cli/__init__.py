"""The command `roofhouse`. Exit codes: 0 done, 1 the data stopped it, 2 wrong usage, 3 not all,
130 interrupted.

`app` lists the commands; each group of them has its module. `options` has what they share, `health`
the problems that `build` and `status` report; `output` prints rows, and `completion` completes
names in a shell. A command imports what it needs when it runs, so `roofhouse --help` loads little.
"""

from pipelines import interrupt

interrupt.at_once()

from pipelines.cli.app import app, command, main  # noqa: E402 - what follows takes long to load
from pipelines.cli.output import TABLE_ROWS, Format, show  # noqa: E402

__all__ = ["TABLE_ROWS", "Format", "app", "command", "main", "show"]
