"""`switchboard do` and `switchboard operations`: what the profile plugins compose for an operator."""

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from broker.cli import options
from broker.cli.call import told
from broker.cli.client import AdminError, connect, station_path
from broker.cli.console import BAD_INPUT, FAILED, fail, say, show_json
from broker.cli.jsonarg import json_object

_KINDS = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "JSON object"}


def do(
    identity: Annotated[str, typer.Argument(help="The station.")],
    operation: Annotated[str, typer.Argument(help="The operation; `switchboard operations` lists them.")],
    params: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="Parameters; a value may be a JSON object or list, or @FILE."),
    ] = None,
    body: Annotated[
        str, typer.Option("--params", metavar="JSON", help="All parameters at once; @FILE, or - for standard input.")
    ] = "{}",
    timeout: Annotated[float, typer.Option(min=1.0, help="Seconds to wait for the whole.")] = 120.0,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Have a profile plugin compose and send what an operation takes, and print what came of it.

    Exit code 0 when it was done, 1 when it was not, 2 for wrong parameters.

    Example: switchboard do CP001 reserve connectorId=1 idTag=ABC123 expiresIn=600
    """
    wanted = {**json_object(body, "--params", '{"connectorId": 1}'), **_pairs(params or [])}
    client = connect(admin, token, token_file)
    path = station_path(identity, "operations", quote(operation, safe=""))
    try:
        answer = client.post(path, wanted, timeout=timeout)
    except AdminError as error:
        if as_json and error.body is not None:
            show_json(error.body)
            raise typer.Exit(BAD_INPUT if error.status == 422 else FAILED) from None
        fail(_why(identity, error), BAD_INPUT if error.status == 422 else FAILED)
    if as_json:
        show_json(answer)
    else:
        say(json.dumps(answer.get("result", {}), indent=2, ensure_ascii=False))


def operations(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[VERSION|OPERATION]", help="Only this version, or all about one operation.")
    ] = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """List what the loaded plugins offer for `switchboard do`, with their parameters.

    With the name of an operation: what its parameters are.
    """
    try:
        rows = connect(admin, token, token_file).get("/api/v1/operations")["operations"]
    except AdminError as error:
        fail(str(error), FAILED)
    found = [row for row in rows if wanted in (None, row["version"], row["name"])]
    if wanted and not found:
        close = get_close_matches(wanted, {one for row in rows for one in (row["version"], row["name"])}, n=1)
        fail(f"{wanted}: no such version or operation" + (f"; {close[0]}?" if close else ""), BAD_INPUT)
    if as_json:
        show_json({"operations": found})
    elif not found:
        say("no operations")
    elif wanted in {row["name"] for row in found}:
        _explain(found)
    else:
        _list(found)


def _list(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        say(f"{row['version']}  {row['name']}  {_params(row['params'])}")
        say(f"    {row['summary']}")


def _explain(rows: list[dict[str, Any]]) -> None:
    """One operation, in each version that has it: a parameter a line."""
    for row in rows:
        say(f"{row['version']}  {row['name']}")
        say(f"    {row['summary']}")
        properties, required = row["params"].get("properties", {}), row["params"].get("required", [])
        width = max((len(name) for name in properties), default=0)
        for name, schema in properties.items():
            words = [_type(schema, row["params"].get("$defs", {}))]
            if name in required:
                words.append("required")
            elif schema.get("default") is not None:
                words.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
            if said := schema.get("description"):
                words.append(" ".join(said.split()))
            say(f"    {name.ljust(width)}  {'; '.join(words)}")


def _type(schema: dict[str, Any], named: dict[str, Any]) -> str:
    """What a value may be, in a word or a few."""
    if "$ref" in schema:
        schema = named.get(schema["$ref"].rpartition("/")[2], {})
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if several := schema.get("anyOf") or schema.get("oneOf"):
        return " or ".join(dict.fromkeys(_type(one, named) for one in several if one.get("type") != "null"))
    kind = str(schema.get("type", "any"))
    return f"list of {_type(schema.get('items', {}), named)}" if kind == "array" else _KINDS.get(kind, kind)


def _params(schema: dict[str, Any]) -> str:
    required = schema.get("required", [])
    return " ".join(name if name in required else f"[{name}]" for name in schema.get("properties", {}))


def _pairs(params: list[str]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for pair in params:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            fail(f"{pair!r} is no parameter: NAME=VALUE is expected", BAD_INPUT)
        wanted[name] = _value(value)
    return wanted


def _value(text: str) -> Any:
    """Objects and lists are JSON, `@FILE` is a file's text; all else is text, as an idTag of digits must be, and the
    broker reads numbers where it wants them."""
    if text.startswith("@"):
        return _text_of(Path(text[1:]))
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        fail(f"{text[:50]} is not JSON: {error}", BAD_INPUT)


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        fail(f"cannot read {path}: {reason}", BAD_INPUT)


def _why(identity: str, error: AdminError) -> str:
    faults = error.body.get("errors") if isinstance(error.body, dict) else None
    if not isinstance(faults, list):
        return told(identity, error)
    lines = (": ".join(filter(None, (fault.get("path"), fault.get("detail")))) for fault in faults)
    return "\n".join([str(error), *(f"  {line}" for line in lines)])
