"""`switchboard tail`: the messages that pass, live."""

import contextlib
import json
import sys
from typing import Annotated

import typer

from broker.cli import options
from broker.cli.client import AdminError, connect
from broker.cli.console import Style, coloured, columns, fail, note, say


def tail(
    identity: Annotated[str | None, typer.Argument(help="Only this station.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    count: Annotated[int | None, typer.Option("--count", "-n", min=1, help="Stop after so many messages.")] = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Show the messages that pass the broker, one line each, until Ctrl+C.

    `->` is a call of the station, `<-` a call to it; `<=` and `=>` are the answers, with the time that they took.
    With --json each line is one event as the admin API gives it.
    """
    from broker.cli.messages import Lines, from_event

    client = connect(admin, token, token_file)
    lines = Lines(Style(coloured(sys.stdout)), width=columns(sys.stdout))
    shown = 0
    with contextlib.suppress(KeyboardInterrupt):
        try:
            for event in client.events(identity=identity, action=action):
                message = from_event(event)
                if message is None:
                    continue
                say(json.dumps(event, ensure_ascii=False) if as_json else lines.line(message))
                shown += 1
                if shown == count:
                    return
        except AdminError as error:
            fail(str(error))
        note("the broker ended the stream")
