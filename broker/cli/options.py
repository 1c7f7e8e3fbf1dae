"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        metavar="FILE",
        help="The configuration file; without one, everything has its default.",
        envvar="SWITCHBOARD_CONFIG",
    ),
]
Admin = Annotated[
    str,
    typer.Option("--admin", metavar="URL", help="The admin listener of the broker.", envvar="SWITCHBOARD_ADMIN"),
]
Token = Annotated[
    str | None,
    typer.Option(
        "--token",
        metavar="TOKEN",
        help="A bearer token; a file or the environment keeps it out of the process list.",
        envvar="SWITCHBOARD_TOKEN",
        show_default=False,
    ),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="A file that holds the token; ./switchboard.token is tried when nothing is said.",
        envvar="SWITCHBOARD_TOKEN_FILE",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
OfStation = Annotated[str | None, typer.Option("--identity", metavar="IDENTITY", help="Only this station.")]
OfUpstream = Annotated[str | None, typer.Option("--upstream", metavar="NAME", help="Only this upstream.")]
After = Annotated[int, typer.Option("--after", min=0, metavar="ID", help="Only messages after this id.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many messages.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

DEFAULT_ADMIN = "http://127.0.0.1:8080"
