"""`switchboard outbox`: what waits for the upstreams, and what they would not take."""

from typing import Annotated, Any

import typer

from broker.cli import dead, options
from broker.cli.ask import ask, sure
from broker.cli.cells import cell
from broker.cli.client import connect, outbox_path, with_query
from broker.cli.console import note, say, show_json, table

app = typer.Typer(no_args_is_help=True, help="What waits for the upstreams, and what they would not take.")
app.add_typer(dead.app, name="dead")

_HEADINGS = ["STATION", "UPSTREAM", "WAITING", "BYTES", "OLDEST", "STATE", "ERROR"]
_KEYS = ("identity", "upstream", "depth", "bytes", "oldest", "state", "error")

Station = Annotated[str, typer.Argument(metavar="IDENTITY", help="The station.")]
Upstream = Annotated[str, typer.Argument(help="The upstream.")]


@app.command("list")
def list_command(
    identity: options.OfStation = None,
    upstream: options.OfUpstream = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Every outbox that is not empty, one line each."""
    client = connect(admin, token, token_file)
    found = ask(client, "GET", with_query("/api/v1/outbox", identity=identity, upstream=upstream))
    if as_json:
        show_json(found)
    elif rows := found["outboxes"]:
        say(table(_HEADINGS, [[cell(row.get(key)) for key in _KEYS] for row in rows]))
    else:
        say("nothing waits")


@app.command("show")
def show_command(
    identity: Station,
    upstream: Upstream,
    after: options.After = 0,
    limit: options.Limit = 100,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """The messages of one outbox in the order in which they are delivered."""
    from broker.cli.summary import summary

    client = connect(admin, token, token_file)
    found = ask(client, "GET", with_query(outbox_path(identity, upstream), after=after, limit=limit))
    if as_json:
        show_json(found)
        return
    rows = found["messages"]
    if not rows:
        say("nothing waits")
        return
    keys = ("id", "received_at", "action", "transaction", "attempts", "error")
    lines = [[*(cell(row.get(key)) for key in keys), summary(row["action"], row["payload"])] for row in rows]
    say(table(["ID", "RECEIVED", "ACTION", "TRANSACTION", "ATTEMPTS", "ERROR", "PAYLOAD"], lines))
    dead.tell_next(found)


@app.command("retry")
def retry_command(
    identity: Station,
    upstream: Upstream,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Deliver now, and not when the next attempt is due."""
    answer = ask(connect(admin, token, token_file), "POST", outbox_path(identity, upstream, "retry"))
    _done(answer, as_json, "retrying")


@app.command("drop")
def drop_command(
    identity: Station,
    upstream: Upstream,
    yes: options.Yes = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Take what waits to the dead letters: the upstream gets none of it unless it is replayed from there."""
    client = connect(admin, token, token_file)
    sure(f"Take everything of {cell(identity)} that waits for {cell(upstream)} to the dead letters?", yes)
    answer = ask(client, "DELETE", outbox_path(identity, upstream))
    _done(answer, as_json, f"dropped {answer['dropped']}")
    if not answer["dropped"]:
        note("nothing waited")


def _done(answer: dict[str, Any], as_json: bool, text: str) -> None:
    if as_json:
        show_json(answer)
    else:
        say(text)
