"""`switchboard stations register`, `set-password`, `set-boot`, `unregister`: stations at run time."""

from enum import Enum
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import typer

from broker.cli import options
from broker.cli.ask import ask, sure
from broker.cli.cells import show_members
from broker.cli.client import AdminClient, AdminError, connect, station_path
from broker.cli.console import BAD_INPUT, fail, say, show_json
from broker.cli.passwords import read_password

_KEPT = ("security_profile", "tags", "serial_number", "boot")


class Boot(Enum):
    """What a BootNotification is answered."""

    accepted = "accepted"
    pending = "pending"
    rejected = "rejected"


Identity = Annotated[str, typer.Argument(help="The station.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read its password from standard input.")]
FromFile = Annotated[
    Path | None, typer.Option("--password-file", metavar="FILE", help="Read its password from a file's first line.")
]


def register(
    identity: Identity,
    password_stdin: FromStdin = False,
    password_file: FromFile = None,
    security_profile: Annotated[
        int | None, typer.Option(min=0, max=3, help="The one security profile that it must come with.")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="A tag; may be given again.")] = None,
    serial_number: Annotated[
        str | None, typer.Option(help="CN of its certificate, where that is not the identity.")
    ] = None,
    boot: Annotated[Boot | None, typer.Option(help="What its BootNotification is answered.")] = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Register a station, or replace its registration; a password that is not given stays as it was.

    Counts before the configuration, member by member, from its next connection on.
    """
    body: dict[str, Any] = {"security_profile": security_profile, "serial_number": serial_number}
    body["boot"] = boot.value if boot is not None else None
    body = {key: value for key, value in body.items() if value is not None}
    if tag:
        body["tags"] = _tags(tag)
    if password_stdin or password_file is not None:
        body["password"] = read_password(from_stdin=password_stdin, file=password_file)
    _put(connect(admin, token, token_file), identity, body, as_json)


def set_password(
    identity: Identity,
    password_stdin: FromStdin = False,
    password_file: FromFile = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Set a station's password here, from its next connection on; the station itself is told nothing."""
    password = read_password(from_stdin=password_stdin, file=password_file)
    _change(connect(admin, token, token_file), identity, {"password": password}, as_json)


def set_boot(
    identity: Identity,
    boot: Annotated[Boot, typer.Argument(metavar="POLICY", help="accepted, pending or rejected.")],
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Set what a station's next BootNotification is answered."""
    _change(connect(admin, token, token_file), identity, {"boot": boot.value}, as_json)


def unregister(
    identity: Identity,
    yes: options.Yes = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Forget what was registered at run time: what the configuration has counts again."""
    client = connect(admin, token, token_file)
    sure(f"Forget the registration of {identity}, its password included?", yes)
    answer = ask(client, "DELETE", station_path(identity))
    if as_json:
        show_json(answer)
    else:
        say(f"{identity} is as the configuration has it")


def _change(client: AdminClient, identity: str, members: dict[str, Any], as_json: bool) -> None:
    """Change some members of a registration: the API replaces all but the password."""
    old = _registration(client, identity)
    kept = {key: old[key] for key in _KEPT if old.get(key) is not None}
    _put(client, identity, {**kept, **members}, as_json)


def _registration(client: AdminClient, identity: str) -> dict[str, Any]:
    """What is registered at run time; nothing of a station that nobody knows yet."""
    try:
        station = client.get(station_path(identity))
    except AdminError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            fail(str(error))
        return {}
    found: dict[str, Any] = station.get("registration", {})
    return found


def _put(client: AdminClient, identity: str, body: dict[str, Any], as_json: bool) -> None:
    station = ask(client, "PUT", station_path(identity), body)
    if as_json:
        show_json(station)
    else:
        show_members({"identity": identity, **station.get("registration", {})})


def _tags(given: list[str]) -> dict[str, str]:
    tags = dict(one.partition("=")[::2] for one in given)
    if any("=" not in one for one in given) or "" in tags or len(tags) != len(given):
        fail("a tag is NAME=VALUE, each name once", BAD_INPUT)
    return tags
