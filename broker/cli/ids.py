"""`switchboard stations ids`: which number each upstream has for what."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.cells import cell, show_members
from broker.cli.client import connect, station_path
from broker.cli.console import say, show_json, table


def ids(
    identity: Annotated[str, typer.Argument(help="The station.")],
    transaction: Annotated[
        str | None, typer.Option("--transaction", metavar="ID", help="One transaction, by the station's id for it.")
    ] = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """The ids of a station's transactions, reservations, profiles and requests, and what each upstream calls them."""
    rest = ["ids"] if transaction is None else ["transactions", quote(transaction, safe=""), "ids"]
    found = ask(connect(admin, token, token_file), "GET", station_path(identity, *rest))
    if as_json:
        show_json(found)
    elif transaction is not None:
        show_members(found)
    else:
        _show(found["transactions"], found["ids"])


def _show(transactions: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    if transactions:
        headings = ["TRANSACTION", "OWNER", "STATE", "CONNECTOR", "IDS", "REFUSED"]
        say(table(headings, [_row(row) for row in transactions]))
    if transactions and others:
        say()
    if others:
        keys = ("space", "station_id", "peer", "peer_id")
        rows = [[cell(row.get(key)) for key in keys] for row in others]
        say(table(["KIND", "AT THE STATION", "UPSTREAM", "ITS ID"], rows))
    if not transactions and not others:
        say("no ids")


def _row(row: dict[str, Any]) -> list[str]:
    state = "closed" if row.get("closed") else "provisional" if row.get("provisional") else "open"
    values = (row.get("transaction"), row.get("owner"), state, row.get("connector"), row.get("ids"), row.get("refused"))
    return [cell(value) for value in values]
