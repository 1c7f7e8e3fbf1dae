"""`switchboard stations route`: where one station's messages go."""

from typing import Annotated

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.cells import show_members
from broker.cli.client import connect, station_path
from broker.cli.console import BAD_INPUT, fail, show_json
from broker.cli.jsonarg import json_object


def route(
    identity: Annotated[str, typer.Argument(help="The station.")],
    new: Annotated[
        str | None,
        typer.Option("--set", metavar="JSON", help="A route of its own; @FILE reads a file, - standard input."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Back to the route of the configuration.")] = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Show where the messages of a station go, or change it; what is open stays with the upstream that started it.

    Example: switchboard stations route CP001 --set '{"primary": "main", "secondaries": [{"upstream": "billing"}]}'
    """
    if new is not None and clear:
        fail("either --set or --clear", BAD_INPUT)
    body = None if new is None else json_object(new, "the route", '{"primary": "local"}')
    method = "DELETE" if clear else "GET" if body is None else "PUT"
    found = ask(connect(admin, token, token_file), method, station_path(identity, "route"), body)
    if as_json:
        show_json(found)
    else:
        show_members(found)
