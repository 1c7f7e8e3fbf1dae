"""`switchboard call`: a call to a station, and its answer."""

import json
from typing import Annotated, Any

import typer

from broker.cli import options
from broker.cli.client import AdminError, connect, station_path
from broker.cli.console import BAD_INPUT, FAILED, fail, say, show_json
from broker.cli.jsonarg import json_object


def call(
    identity: Annotated[str, typer.Argument(help="The station.")],
    action: Annotated[str, typer.Argument(help="The action, such as Reset or GetVariables.")],
    payload: Annotated[
        str, typer.Argument(metavar="[JSON]", help="The payload; @FILE reads a file, - standard input.")
    ] = "{}",
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds that the station has for its answer.")] = 30.0,
    validate: Annotated[
        bool, typer.Option("--validate/--no-validate", help="Check the payload against the schema first.")
    ] = True,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Send a call to a station and print its answer.

    Exit code 0 for a result, 1 for an error of the station or no answer, 2 for a wrong payload.

    Example: switchboard call CP001 TriggerMessage '{"requestedMessage": "Heartbeat"}'
    """
    body: dict[str, Any] = {
        "action": action,
        "payload": json_object(payload, "the payload", '{"type": "Soft"}'),
        "timeout": timeout,
    }
    if not validate:
        body["validate"] = False
    client = connect(admin, token, token_file)
    try:
        answer = client.post(station_path(identity, "calls"), body, timeout=timeout + 10)
    except AdminError as error:
        if as_json and error.body is not None:
            show_json(error.body)
            raise typer.Exit(BAD_INPUT if error.status == 422 else FAILED) from None
        fail(told(identity, error), BAD_INPUT if error.status == 422 else FAILED)
    if as_json:
        show_json(answer)
    else:
        say(json.dumps(answer.get("result", {}), indent=2, ensure_ascii=False))


def told(identity: str, error: AdminError) -> str:
    """What went wrong, in the words of the one who said so."""
    body = error.body if isinstance(error.body, dict) else {}
    if isinstance(told := body.get("error"), dict):
        words = [str(told.get("code", "error")), str(told.get("description") or ""), _details(told.get("details"))]
        return f"{identity} answered with an error: " + ": ".join(word for word in words if word)
    return str(error)


def _details(details: Any) -> str:
    return json.dumps(details, ensure_ascii=False) if details else ""
