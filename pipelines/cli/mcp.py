"""`roofhouse mcp`: the published warehouse for agents."""

from __future__ import annotations

import shlex
import sys

from pipelines.cli.options import Data, settings_of
from pipelines.errors import RoofhouseError


def mcp(data: Data = None) -> None:
    """Serve the published warehouse to agents by the Model Context Protocol, read-only.

    The server uses standard input and output; the agent's program starts it.
    """
    settings = settings_of(data)
    from pipelines.settings import need_data

    need_data(settings)
    try:
        from pipelines.ask.server import server
    except ImportError as error:
        if not str(error.name).startswith("mcp"):
            raise
        raise RoofhouseError(
            f"`roofhouse mcp` needs the MCP SDK ({error}); install it with "
            f"`{shlex.quote(sys.executable)} -m pip install 'mcp>=2'`"
        ) from None
    try:
        server(settings).run()
    except KeyboardInterrupt:
        return
