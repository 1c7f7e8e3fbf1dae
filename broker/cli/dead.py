"""`switchboard outbox dead`: messages that an upstream would not take."""

from typing import Annotated, Any

import typer

from broker.cli import options
from broker.cli.ask import ask, sure
from broker.cli.cells import cell, show_members
from broker.cli.client import AdminClient, connect, with_query
from broker.cli.console import BAD_INPUT, FAILED, fail, note, say, show_json, table

app = typer.Typer(no_args_is_help=True, help="Messages that an upstream would not take.")

_PATH = "/api/v1/outbox/dead"
_HEADINGS = ["ID", "STATION", "UPSTREAM", "ACTION", "TRANSACTION", "RECEIVED", "REASON", "ERROR"]
_KEYS = ("id", "identity", "upstream", "action", "transaction", "received_at", "reason", "error")
_BATCH = 1000  # ids that the API takes at once

Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", min=1, help="The dead letters.")]


@app.command("list")
def list_command(
    identity: options.OfStation = None,
    upstream: options.OfUpstream = None,
    after: options.After = 0,
    limit: options.Limit = 100,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Dead letters, one line each."""
    client = connect(admin, token, token_file)
    path = with_query(_PATH, identity=identity, upstream=upstream, after=after, limit=limit)
    found = ask(client, "GET", path)
    if as_json:
        show_json(found)
    elif rows := found["messages"]:
        say(table(_HEADINGS, [[cell(row.get(key)) for key in _KEYS] for row in rows]))
        tell_next(found)
    else:
        say("no dead letters")


@app.command("show")
def show_command(
    number: Annotated[int, typer.Argument(metavar="ID", min=1, help="The dead letter.")],
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Everything about one dead letter, with its payload."""
    client = connect(admin, token, token_file)
    rows = ask(client, "GET", with_query(_PATH, after=number - 1, limit=1))["messages"]
    if not rows or rows[0]["id"] != number:
        fail(f"there is no dead letter {number}")
    if as_json:
        show_json(rows[0])
        return
    payload = rows[0].pop("payload")
    show_members(rows[0])
    show_json(payload)


@app.command("replay")
def replay_command(
    ids: Ids = None,
    identity: options.OfStation = None,
    upstream: options.OfUpstream = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Put dead letters back at the end of their outboxes: these, or all of a station, an upstream, or both.

    Exit code 1 when some of the ids are no dead letters.
    """
    bodies = _bodies(ids, identity, upstream)
    _act(connect(admin, token, token_file), "POST", f"{_PATH}/replay", bodies, "replayed", as_json)


@app.command("drop")
def drop_command(
    ids: Ids = None,
    identity: options.OfStation = None,
    upstream: options.OfUpstream = None,
    yes: options.Yes = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Delete dead letters for good: these, or all of a station, an upstream, or both.

    Exit code 1 when some of the ids are no dead letters.
    """
    bodies = _bodies(ids, identity, upstream)
    client = connect(admin, token, token_file)
    of = " and ".join(cell(name) for name in (identity, upstream) if name)
    sure(f"Delete {len(ids)} dead letters for good?" if ids else f"Delete every dead letter of {of} for good?", yes)
    _act(client, "DELETE", _PATH, bodies, "dropped", as_json)


def tell_next(found: dict[str, Any]) -> None:
    """How to see the page that follows, where there is one."""
    if "next" in found:
        note(f"there are more: --after {found['next']}")


def _bodies(ids: list[int] | None, identity: str | None, upstream: str | None) -> list[dict[str, Any]]:
    if bool(ids) == bool(identity or upstream):
        fail("either ids, or --identity, --upstream or both", BAD_INPUT)
    if ids:
        ids = sorted(set(ids))  # what came first is replayed first
        return [{"ids": ids[start : start + _BATCH]} for start in range(0, len(ids), _BATCH)]
    names = {"identity": identity, "upstream": upstream}
    return [{key: name for key, name in names.items() if name}]


def _act(client: AdminClient, method: str, path: str, bodies: list[dict[str, Any]], done: str, as_json: bool) -> None:
    count, missing = 0, []
    for body in bodies:
        answer = ask(client, method, path, body)
        count += answer[done]
        missing += answer["missing"]
    if as_json:
        show_json({done: count, "missing": missing})
    else:
        say(f"{done} {count}")
    if missing:
        note(f"no dead letters: {', '.join(map(str, missing))}")
        raise typer.Exit(FAILED)
