"""`switchboard compare`: how candidates answer compared with the primaries that they are to replace."""

from typing import Annotated, Any

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.cells import cell
from broker.cli.client import connect
from broker.cli.console import say, show_json, table

_PATH = "/api/v1/compare"
_HEADINGS = ["ACTION", "COMPARED", "EQUAL", "DIFFERENT", "NO ANSWER", "P95", "P95 CANDIDATE", "DIFFERENCES"]
_EXAMPLE = ("time", "identity", "action", "kind", "path", "primary", "candidate")


def compare(
    examples: Annotated[
        int, typer.Option("--examples", min=0, max=50, metavar="N", help="Show the last N differences of each pair.")
    ] = 0,
    reset: Annotated[bool, typer.Option("--reset", help="Forget what was compared so far, and begin anew.")] = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Show where the answers of candidates (`compare: true`) differ from those of the primaries, by action."""
    client = connect(admin, token, token_file)
    found = ask(client, "DELETE" if reset else "GET", _PATH)
    if as_json:
        show_json(found)
    elif reset:
        say("reset")
    elif found["pairs"]:
        say("\n\n".join(_pair(pair, examples) for pair in found["pairs"]))
    else:
        say(f"nothing compared since {cell(found['since'])}")


def _pair(pair: dict[str, Any], examples: int) -> str:
    counts = f"{pair['compared']} compared, {pair['equal']} equal, {pair['different']} different"
    silent = f"no answer: {_missing(pair['missing'])}"
    parts = [f"{cell(pair['primary'])} and {cell(pair['candidate'])}: {counts}; {silent}"]
    parts.append(table(_HEADINGS, [_action(row) for row in pair["actions"]]))
    if shown := pair["examples"][:examples]:
        parts.append(table([key.upper() for key in _EXAMPLE], [[cell(row[key]) for key in _EXAMPLE] for row in shown]))
    return "\n".join(parts)


def _action(row: dict[str, Any]) -> list[str]:
    counts = [str(row[key]) for key in ("compared", "equal", "different")]
    p95 = [_seconds(row["latency"][side]["p95"]) for side in ("primary", "candidate")]
    found = ", ".join(f"{_place(each)} x{each['count']}" for each in row["differences"])
    return [cell(row["action"]), *counts, _missing(row["missing"]), *p95, found or "-"]


def _place(difference: dict[str, Any]) -> str:
    kind, path = cell(difference["kind"]), difference["path"]
    return f"{kind} at {cell(path)}" if path else kind


def _missing(missing: dict[str, int]) -> str:
    return ", ".join(f"{cell(side)} {count}" for side, count in missing.items() if count) or "-"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
