"""`switchboard files`: what stations have brought to the file endpoint."""

import sys
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from broker.cli import options
from broker.cli.ask import ask, sure
from broker.cli.cells import cell
from broker.cli.client import AdminClient, AdminError, connect, file_path, with_query
from broker.cli.console import BAD_INPUT, fail, note, say, show_json, table

app = typer.Typer(no_args_is_help=True, help="Diagnostics and logs that stations have brought.")

_PATH = "/api/v1/files"
_KEYS = ("id", "identity", "purpose", "name", "bytes", "at")

File = Annotated[str, typer.Argument(metavar="ID", help="The file.")]


@app.command("list")
def list_command(
    identity: options.OfStation = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help="Only `diagnostics`, or only `log`.")] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="ID", help="Only files after this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many files.")] = 100,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Files that stations have brought, one line each, the oldest first."""
    client = connect(admin, token, token_file)
    found = ask(client, "GET", with_query(_PATH, identity=identity, purpose=purpose, after=after, limit=limit))
    if as_json:
        show_json(found)
        return
    if not found["files"]:
        say("no files")
        return
    say(table([key.upper() for key in _KEYS], [[cell(row.get(key)) for key in _KEYS] for row in found["files"]]))
    if "next" in found:
        note(f"there are more: --after {cell(found['next'])}")


@app.command("get")
def get_command(
    number: File,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to; - is standard output. Default: its ID."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Write over a file that is there.")] = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
) -> None:
    """Fetch one file. The station's name for it is not used: it could be any path."""
    client = connect(admin, token, token_file)
    if output == Path("-"):
        _fetch(client, number, sys.stdout.buffer)
        return
    place = output or Path(number)
    if output is None and (place.name != number or number.startswith(".")):
        fail(f"{cell(number)} is no file's ID", BAD_INPUT)
    if place.exists() and not force:
        fail(f"{place} is there already: say --force, or --output", BAD_INPUT)
    unfinished = place.with_name(f"{place.name}.part")
    try:
        with unfinished.open("wb") as file:
            count = _fetch(client, number, file)
        unfinished.replace(place)
    except OSError as error:
        fail(f"cannot write {place}: {error.strerror}")
    finally:
        unfinished.unlink(missing_ok=True)
    note(f"{place}: {count} bytes")


@app.command("delete")
def delete_command(
    number: File,
    yes: options.Yes = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Delete one file for good."""
    client = connect(admin, token, token_file)
    sure(f"Delete the file {cell(number)} for good?", yes)
    answer = ask(client, "DELETE", file_path(number))
    if as_json:
        show_json(answer)
    else:
        say("deleted")


def _fetch(client: AdminClient, number: str, into: BinaryIO) -> int:
    try:
        return client.fetch(file_path(number), into)
    except AdminError as error:
        fail(str(error))
