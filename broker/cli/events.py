"""`switchboard security-events`: what stations found worth telling security of."""

from typing import Annotated

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.cells import cell
from broker.cli.client import connect, with_query
from broker.cli.console import note, say, show_json, table
from broker.cli.moments import TIME_HELP, moment_of

_PATH = "/api/v1/security-events"
_HEADINGS = ["ID", "STATION", "TYPE", "TIME", "RECEIVED", "INFO"]
_KEYS = ("id", "identity", "type", "at", "received_at", "tech_info")


def security_events(
    identity: Annotated[str | None, typer.Argument(help="Only this station.")] = None,
    kind: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Only events of this type.")] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help=f"Not before, {TIME_HELP}.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help=f"Before, {TIME_HELP}.")] = None,
    after: Annotated[int, typer.Option("--after", min=0, metavar="ID", help="Only events after this one.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many events.")] = 100,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Security events, one line each."""
    wanted = {
        "identity": identity,
        "type": kind,
        "since": moment_of("--since", since) if since else None,
        "until": moment_of("--until", until) if until else None,
    }
    client = connect(admin, token, token_file)
    found = ask(client, "GET", with_query(_PATH, **wanted, after=after, limit=limit))
    if as_json:
        show_json(found)
    elif rows := found["events"]:
        say(table(_HEADINGS, [[cell(row.get(key)) for key in _KEYS] for row in rows]))
        if "next" in found:
            note(f"there are more: --after {found['next']}")
    else:
        say("no security events")
