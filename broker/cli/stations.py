"""`switchboard stations`: who is connected and registered, routes and ids, and passwords for the configuration."""

from typing import Annotated, Any

import typer

from broker.cli import ids, options, registrations, routes
from broker.cli.cells import cell, show_members
from broker.cli.client import AdminError, connect, station_path
from broker.cli.console import BAD_INPUT, fail, say, show_json, table
from broker.cli.passwords import read_password

app = typer.Typer(no_args_is_help=True, help="Show and register stations, their routes and ids; hash a password.")
app.command("route")(routes.route)
app.command("ids")(ids.ids)
app.command("register")(registrations.register)
app.command("set-password")(registrations.set_password)
app.command("set-boot")(registrations.set_boot)
app.command("unregister")(registrations.unregister)


@app.command("list")
def list_command(
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """The stations, one line each."""
    found = _get("/api/v1/stations", admin, token, token_file)
    if as_json:
        show_json(found)
        return
    stations = found.get("stations", []) if isinstance(found, dict) else found
    if not stations:
        say("no stations")
        return
    headings = ["IDENTITY", "CONNECTED", "VERSION", "PROFILE", "ADDRESS", "ROUTE"]
    say(table(headings, [_row(station) for station in stations]))


@app.command("show")
def show_command(
    identity: Annotated[str, typer.Argument(help="The station.")],
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Everything that the broker knows of one station."""
    station = _get(station_path(identity), admin, token, token_file)
    if as_json or not isinstance(station, dict):
        show_json(station)
        return
    show_members(station)


@app.command("hash-password")
def hash_password_command(
    from_stdin: Annotated[bool, typer.Option("--stdin", help="Read the password from standard input.")] = False,
) -> None:
    """A `sha256$` digest of a password or token, to write into the configuration instead of the text."""
    from broker.server.credentials import hash_password

    password = read_password(from_stdin=from_stdin)
    try:
        say(hash_password(password))
    except ValueError as error:
        fail(str(error), BAD_INPUT)


def _get(path: str, admin: str, token: Any, token_file: Any) -> Any:
    try:
        return connect(admin, token, token_file).get(path)
    except AdminError as error:
        fail(str(error))


def _row(station: dict[str, Any]) -> list[str]:
    connected = station.get("connected")
    state = "yes" if connected else "no"
    route = station.get("route")
    primary = route.get("primary") if isinstance(route, dict) else None
    version, profile, remote = (cell(station.get(key)) for key in ("version", "security_profile", "remote"))
    return [cell(station.get("identity")), state, version, profile, remote, cell(primary)]
