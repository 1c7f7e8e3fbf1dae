"""The command line `switchboard`: every command is a thin skin over `broker.app` or over the admin API.

One file a group of commands. It knows how to ask, how to show and how to exit; it does not know the protocol.
Whatever is heavy (aiohttp, pydantic, the schemas) is imported inside the command that needs it, so that
`switchboard --help` is there at once.
"""

from broker.cli.entry import app, main

__all__ = ["app", "main"]
