"""`switchboard tokens`: who may charge, where the broker's own CSMS answers."""

from typing import Annotated, Any
from urllib.parse import quote

import typer

from broker.cli import options, token_files
from broker.cli.ask import ask, sure
from broker.cli.cells import cell, show_members
from broker.cli.client import connect, with_query
from broker.cli.console import note, say, show_json, table

app = typer.Typer(no_args_is_help=True, help="Who may charge, where the broker's own CSMS answers.")
app.command("import")(token_files.import_command)
app.command("export")(token_files.export_command)

_HEADINGS = ["ID", "STATUS", "EXPIRES", "PARENT", "TYPE", "SOURCE", "NOTE"]
_KEYS = ("id", "status", "expires", "parent", "type", "source", "note")

Id = Annotated[str, typer.Argument(metavar="ID", help="The idTag or idToken; upper and lower case are the same.")]
Status = Annotated[str, typer.Option("--status", metavar="WORD", help="Accepted, Blocked, Expired, Invalid, ...")]


@app.command("list")
def list_command(
    status: Annotated[str | None, typer.Option("--status", metavar="WORD", help="Only those with this one.")] = None,
    after: Annotated[str | None, typer.Option("--after", metavar="ID", help="Only tokens after this one.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many tokens.")] = 100,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """The tokens, one line each."""
    client = connect(admin, token, token_file)
    found = ask(client, "GET", with_query(token_files.PATH, status=status, after=after, limit=limit))
    if as_json:
        show_json(found)
    elif rows := found["tokens"]:
        say(table(_HEADINGS, [[cell(row.get(key)) for key in _KEYS] for row in rows]))
        if "next" in found:
            note(f"there are more: --after {found['next']}")
    else:
        say("no tokens")


@app.command("show")
def show_command(
    one: Id,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """One token."""
    _show(ask(connect(admin, token, token_file), "GET", _path(one)), as_json)


@app.command("put")
def put_command(
    one: Id,
    status: Status = "Accepted",
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it expires: 2027-01-31T12:00:00Z; UTC without an offset.")
    ] = None,
    parent: Annotated[str | None, typer.Option(metavar="ID", help="Its parentIdTag or groupIdToken.")] = None,
    parent_type: Annotated[str | None, typer.Option(metavar="TYPE", help="Type of the parent; OCPP 2.x.")] = None,
    kind: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Its type in OCPP 2.x.")] = None,
    text: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Whose it is.")] = None,
    language: Annotated[str | None, typer.Option(metavar="TAG", help="Language of its owner; OCPP 2.x.")] = None,
    language2: Annotated[str | None, typer.Option(metavar="TAG", help="A second language; OCPP 2.x.")] = None,
    message: Annotated[str | None, typer.Option(metavar="TEXT", help="What its owner is shown; OCPP 2.x.")] = None,
    evses: Annotated[
        str | None, typer.Option(metavar="PLACES", help="EVSEs where it is valid: CP001:1,2;CP002:3; OCPP 2.x.")
    ] = None,
    priority: Annotated[int | None, typer.Option(help="chargingPriority, -9 to 9; OCPP 2.x.")] = None,
    credit: Annotated[float | None, typer.Option(help="What is left of a prepaid one.")] = None,
    tariff: Annotated[str | None, typer.Option(metavar="ID", help="The tariff that it pays; OCPP 2.x.")] = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Set one token; what is not said is not kept. It counts before the one in the configuration."""
    members = {
        "status": status, "expires": expires, "parent": parent, "parent_type": parent_type, "type": kind,
        "note": text, "language": language, "language2": language2, "message": message, "evses": evses,
        "priority": priority, "credit": credit, "tariff": tariff,
    }  # fmt: skip
    body = {key: value for key, value in members.items() if value is not None}
    _show(ask(connect(admin, token, token_file), "PUT", _path(one), body), as_json)


@app.command("delete")
def delete_command(
    one: Id,
    yes: options.Yes = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Forget what was set at run time; a token of the configuration is as it says there from then on."""
    client = connect(admin, token, token_file)
    sure(f"Delete the token {cell(one)}?", yes)
    answer = ask(client, "DELETE", _path(one))
    if as_json:
        show_json(answer)
    else:
        say("deleted")


def _path(one: str) -> str:
    return f"{token_files.PATH}/{quote(one, safe='')}"


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(found)
    else:
        show_members(found)
