"""`switchboard forget`: what is known of a station or a token is deleted for good (GDPR article 17)."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from broker.cli import options
from broker.cli.ask import ask, sure
from broker.cli.cells import cell
from broker.cli.client import connect, station_path
from broker.cli.console import FAILED, note, say, show_json, table

app = typer.Typer(no_args_is_help=True, help="Delete for good what is known of a station or a token.")


@app.command("station")
def forget_station(
    identity: Annotated[str, typer.Argument(help="The station.")],
    yes: options.Yes = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Delete everything of a station: its transactions, its registration, what waits in its outboxes, its files.

    Exit code 1 when something may be left, because the station is connected.
    """
    client = connect(admin, token, token_file)
    sure(f"Delete everything that is known of {cell(identity)} for good?", yes)
    found = ask(client, "POST", station_path(identity, "forget"))
    _tell(found, as_json, f", {found['files']} files" if found["files"] else "")
    if not found["complete"]:
        note("it is connected, or something of it is being delivered: once it is away, say it again")
        raise typer.Exit(FAILED)


@app.command("token")
def forget_token(
    one: Annotated[str, typer.Argument(metavar="ID", help="The idTag or idToken.")],
    yes: options.Yes = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Delete a token, and take it out of transactions, reservations and local lists."""
    client = connect(admin, token, token_file)
    sure("Delete this token, and take it out of everything that holds it, for good?", yes)
    found = ask(client, "POST", f"/api/v1/tokens/{quote(one, safe='')}/forget")
    _tell(found, as_json, "")


def _tell(found: dict[str, Any], as_json: bool, more: str) -> None:
    if as_json:
        show_json(found)
        return
    rows = found["rows"]
    say(f"rows {sum(rows.values())}{more}")
    if rows:
        say(table(["OF", "ROWS"], [[cell(name), cell(count)] for name, count in sorted(rows.items())]))
