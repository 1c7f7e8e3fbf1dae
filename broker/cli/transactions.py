"""`switchboard transactions`: what was charged."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.cells import cell, show_members
from broker.cli.client import AdminClient, connect, with_query
from broker.cli.console import fail, note, say, show_json, table
from broker.cli.moments import TIME_HELP, moment_of

app = typer.Typer(no_args_is_help=True, help="What was charged, at whatever station.")

_PATH = "/api/v1/transactions"
_HEADINGS = ["REF", "STATION", "TRANSACTION", "EVSE", "TOKEN", "STARTED", "STOPPED", "WH", "REASON", "IDS"]
_KEYS = ("ref", "identity", "transaction", "evse", "token", "started_at", "stopped_at", "energy", "stop_reason", "ids")
_PAGE = 1000

AfterRef = Annotated[int, typer.Option("--after", min=0, metavar="REF", help="Only transactions after this one.")]
Most = Annotated[int, typer.Option("--limit", min=1, max=_PAGE, help="At most so many transactions.")]


@app.command("list")
def list_command(
    identity: options.OfStation = None,
    id_token: Annotated[
        str | None, typer.Option("--id-token", metavar="ID", help="Only of this idTag or idToken.")
    ] = None,
    still_open: Annotated[
        bool | None, typer.Option("--open/--ended", help="Only those that have not ended, or have.", show_default=False)
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="TIME", help=f"Begun not before, {TIME_HELP}.")] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help=f"Begun before, {TIME_HELP}.")] = None,
    after: AfterRef = 0,
    limit: Most = 100,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Transactions, one line each, in the order in which the broker heard of them."""
    wanted = {
        "identity": identity,
        "token": id_token,
        "open": None if still_open is None else str(still_open).lower(),
        "since": moment_of("--since", since) if since else None,
        "until": moment_of("--until", until) if until else None,
    }
    client = connect(admin, token, token_file)
    found = ask(client, "GET", with_query(_PATH, **wanted, after=after, limit=limit))
    if as_json:
        show_json(found)
    elif rows := found["transactions"]:
        say(table(_HEADINGS, [[cell(row.get(key)) for key in _KEYS] for row in rows]))
        if "next" in found:
            note(f"there are more: --after {found['next']}")
    else:
        say("no transactions")


@app.command("show")
def show_command(
    ref: Annotated[int, typer.Argument(metavar="REF", min=1, help="The broker's number of it, as `list` has it.")],
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Everything about one transaction, with what was measured."""
    client = connect(admin, token, token_file)
    rows = ask(client, "GET", with_query(_PATH, after=ref - 1, limit=1))["transactions"]
    if not rows or rows[0]["ref"] != ref:
        fail(f"there is no transaction {ref}")
    row = rows[0]
    values = _measured(client, row)
    if as_json:
        show_json({**row, "meter_values": values})
        return
    show_members(row)
    if lines := [line for value in values for line in _lines(value)]:
        say()
        say(table(["TIME", "MEASURAND", "PHASE", "VALUE", "UNIT", "CONTEXT", "LOCATION"], lines))


def _measured(client: AdminClient, row: dict[str, Any]) -> list[dict[str, Any]]:
    """All its meter values, page by page."""
    path = "/".join([_PATH, *(quote(row[name], safe="") for name in ("identity", "transaction")), "meter-values"])
    found: list[dict[str, Any]] = []
    after: int | None = 0
    while after is not None:
        page = ask(client, "GET", with_query(path, ref=row["ref"], after=after, limit=_PAGE))
        found += page["meter_values"]
        after = page.get("next")
    return found


def _lines(value: dict[str, Any]) -> list[list[str]]:
    return [
        [
            cell(entry["timestamp"]),
            *(cell(one.get(name)) for name in ("measurand", "phase")),
            cell(one.get("value", one.get("raw", "signed" if "signed" in one else None))),
            *(cell(one.get(name)) for name in ("unit", "context", "location")),
        ]
        for entry in value["values"]
        for one in entry["sampledValue"]
    ]
