"""`switchboard messages`: the messages that the plugin policy.message_log has kept."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.client import AdminClient, AdminError, connect, with_query
from broker.cli.console import BAD_INPUT, FAILED, Style, coloured, columns, fail, note, say
from broker.cli.moments import TIME_HELP, moment_of

_PATH = "/api/v1/messages"
_PAGE = 500
_USUAL = 1000


def messages(
    identity: Annotated[str | None, typer.Argument(help="Only this station.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    direction: Annotated[
        str | None, typer.Option(help="Only calls from_station, or to_station, and their answers.")
    ] = None,
    since: Annotated[str, typer.Option(metavar="TIME", help=f"Not before, {TIME_HELP}.")] = "1h",
    until: Annotated[str | None, typer.Option(metavar="TIME", help=f"Before, {TIME_HELP}.")] = None,
    after: options.After = 0,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="At most so many messages; without --json 1000 unless said.")
    ] = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines: one message a line, all of them.")] = False,
) -> None:
    """Show messages that passed the broker, one line each; the plugin policy.message_log keeps them.

    `->` is a call of the station, `<-` a call to it; `<=` and `=>` are the answers, with the time that they took.
    """
    client = connect(admin, token, token_file)
    wanted = {
        "identity": identity,
        "action": action,
        "direction": direction,
        "since": moment_of("--since", since),
        "until": moment_of("--until", until) if until else None,
    }
    if as_json:
        _copy(client, with_query(_PATH, **wanted, after=after or None, limit=limit, format="jsonl"))
    else:
        _show(client, wanted, after, limit or _USUAL)


def _copy(client: AdminClient, path: str) -> None:
    try:
        client.fetch(path, sys.stdout.buffer)
        sys.stdout.flush()
    except AdminError as error:
        fail(str(error), BAD_INPUT if error.status == 400 else FAILED)


def _show(client: AdminClient, wanted: dict[str, str | None], after: int, limit: int) -> None:
    from broker.cli.messages import Lines, from_event

    lines = Lines(Style(coloured(sys.stdout)), width=columns(sys.stdout))
    shown, day = 0, ""
    while shown < limit:
        found = ask(client, "GET", with_query(_PATH, **wanted, after=after, limit=min(_PAGE, limit - shown)))
        for row in found["messages"]:
            at = datetime.fromisoformat(row["at"])
            if (today := at.astimezone().date().isoformat()) != day:
                day = today
                say(day)
            message = from_event({**row, "at": at.timestamp()})
            if message is not None:
                say(lines.line(message))
            shown += 1
        if "next" not in found:
            break
        after = found["next"]
    else:
        note(f"there may be more: --after {after}")
    if not shown:
        say("no messages: does `plugins` name policy.message_log?")
