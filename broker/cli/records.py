"""`switchboard records`: what is known of one station, also while it is away."""

import json
from typing import Annotated, Any

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.cells import cell, show_members
from broker.cli.client import connect, station_path
from broker.cli.console import BAD_INPUT, fail, say, show_json, table

#: What can be asked for: the member of the answer with its rows, empty where the answer is one object; the columns.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "boot": ("", ()),
    "connectors": ("connectors", ("evse", "connector", "status", "error_code", "info", "at")),
    "configuration": ("configuration", ("component", "variable", "attribute", "value", "readonly", "previous", "at")),
    "events": ("events", ("at", "component", "variable", "value", "details")),
    "documents": ("", ()),
    "reservations": (
        "reservations",
        ("reservation", "evse", "connector", "token", "expires", "status", "answer", "transaction"),
    ),
    "local-list": ("", ()),
    "charging-profiles": (
        "charging_profiles",
        ("profile_id", "evse", "purpose", "kind", "stack_level", "transaction", "valid_from", "valid_to"),
    ),
    "certificates": ("certificates", ("use", "serial_number", "subject", "not_after", "status", "key")),
}


def records(
    identity: Annotated[str, typer.Argument(help="The station.")],
    kind: Annotated[str, typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.")],
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """What the broker knows of a station, also while it is away.

    KIND is boot, connectors, configuration, events, documents, reservations, local-list, charging-profiles or
    certificates.
    """
    if kind not in KINDS:
        fail(f"{kind}: one of {', '.join(KINDS)} is expected", BAD_INPUT)
    found = ask(connect(admin, token, token_file), "GET", station_path(identity, kind))
    if as_json:
        show_json(found)
    else:
        _show(kind, found)


def _show(kind: str, found: dict[str, Any]) -> None:
    member, keys = KINDS[kind]
    if kind == "local-list":
        _show_list(found)
    elif kind == "documents":
        say(json.dumps(found[kind], indent=2, ensure_ascii=False))
    elif not member:
        show_members(found)
    elif rows := found[member]:
        headings = [key.replace("_", " ").upper() for key in keys]
        say(table(headings, [[cell(row.get(key)) for key in keys] for row in rows]))
    else:
        say(f"no {kind.replace('-', ' ')}")


def _show_list(found: dict[str, Any]) -> None:
    entries = found.pop("entries")
    show_members(found)
    if entries:
        say()
        say(table(["ID", "INFO"], [[cell(name), cell(info)] for name, info in entries.items()]))
