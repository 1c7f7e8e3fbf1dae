"""`switchboard tokens import` and `export`: tokens as CSV or JSON, by the hundred thousand too."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from broker.cli import options
from broker.cli.ask import ask
from broker.cli.client import AdminClient, AdminError, connect, with_query
from broker.cli.console import BAD_INPUT, FAILED, fail, note, say, show_json

PATH = "/api/v1/tokens"
COLUMNS = (
    *("id", "status", "expires", "parent", "parent_type", "type", "note", "language", "language2", "message"),
    *("evses", "priority", "credit", "tariff"),
)
_IMPORT = f"{PATH}/import"
_BATCH = 1000  # tokens; the API writes so many at once
_BATCH_BYTES = 400_000  # the API takes 1 MiB
_INVALID = 422
_TWICE = "each token once"


@dataclass(frozen=True, slots=True)
class Row:
    """One token of a file."""

    place: str
    """`line 7`, or `[5]` of a list."""
    token: Any


def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, or a JSON list; - is standard input.")],
    check: Annotated[bool, typer.Option("--check", help="Only look whether it could be imported.")] = False,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Set the tokens of a file, all or none of them as long as the broker's disk does its part.

    CSV has a line with the columns first: id, and any of status, expires, parent, parent_type, type, note, language,
    language2, message, evses (CP001:1,2;CP002:3), priority, credit, tariff.
    Every fault is told with its line, exit code 2.
    """
    rows = read_rows(_text(file))
    client = connect(admin, token, token_file)
    batches = list(_batches(rows))
    faults = list(_twice(rows))
    if check or faults or len(batches) > 1:  # one batch alone is checked by the request that writes it
        for batch in batches:
            faults += _sent(client, batch, check=True)
    _stop_at(faults, 0)
    done = 0
    for batch in [] if check else batches:
        _stop_at(_sent(client, batch, done=done), done)
        done += len(batch)
    if as_json:
        show_json({"tokens": len(rows), "imported": done})
    else:
        say(f"{len(rows)} tokens are good" if check else f"imported {done} tokens")


def export_command(
    every: Annotated[bool, typer.Option("--all", help="Those of the configuration too.")] = False,
    status: Annotated[str | None, typer.Option("--status", metavar="WORD", help="Only those with this one.")] = None,
    admin: options.Admin = options.DEFAULT_ADMIN,
    token: options.Token = None,
    token_file: options.TokenFile = None,
    as_json: options.AsJson = False,
) -> None:
    """Print the tokens that were set at run time as CSV that `import` takes, or as a JSON list."""
    client = connect(admin, token, token_file)
    rows = [
        {name: row[name] for name in COLUMNS if name in row}
        for row in _all(client, status)
        if every or row.get("source") != "file"
    ]
    if as_json:
        show_json(rows)
        return
    writer = csv.DictWriter(sys.stdout, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(_cells(row) for row in rows)


def read_rows(text: str) -> list[Row]:
    """The tokens of a text, CSV unless it begins like a JSON list. Says what is wrong and exits with 2."""
    rows = _of_json(text) if text.lstrip().startswith("[") else list(_of_csv(text))
    if not rows:
        fail("there are no tokens in it", BAD_INPUT)
    return rows


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    """A token as a row of CSV."""
    from broker.config.token_evses import as_text  # with all of the configuration

    evses = row.get("evses")
    return {**row, "evses": as_text(evses)} if evses else row


def _text(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return data.decode("utf-8-sig")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        fail(f"cannot read {file}: {reason}", BAD_INPUT)


def _of_json(text: str) -> list[Row]:
    try:
        return [Row(f"[{index}]", one) for index, one in enumerate(json.loads(text))]
    except ValueError as error:
        fail(f"it is not JSON: {error}", BAD_INPUT)


def _of_csv(text: str) -> Iterator[Row]:
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    try:
        columns = [name.strip() for name in next(reader, [])]
        if "id" not in columns or len(set(columns)) < len(columns) or not set(columns) <= set(COLUMNS):
            fail(f"line 1: expected the names of the columns, each once, with id: {', '.join(COLUMNS)}", BAD_INPUT)
        for cells in reader:
            if len(cells) > len(columns):
                fail(f"line {reader.line_num}: expected at most {len(columns)} cells", BAD_INPUT)
            members = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
            if any(members.values()):
                yield Row(f"line {reader.line_num}", {name: cell for name, cell in members.items() if cell})
    except csv.Error as error:
        fail(f"line {reader.line_num}: {error}", BAD_INPUT)


def _twice(rows: Iterable[Row]) -> Iterator[str]:
    """The API sees one batch at a time."""
    first: dict[str, str] = {}
    for row in rows:
        one = row.token.get("id") if isinstance(row.token, dict) else None
        if isinstance(one, str) and (other := first.setdefault(one.lower(), row.place)) is not row.place:
            yield f"{row.place}.id: expected {_TWICE}, compared without regard to case; {other} has it already"


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row.token)) + 2
        if batch and (len(batch) == _BATCH or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += length
    if batch:
        yield batch


def _sent(client: AdminClient, batch: list[Row], *, check: bool = False, done: int = 0) -> list[str]:
    """The faults that the API has found in it, each with its place in the file; `done` tokens went before."""
    try:
        client.post(with_query(_IMPORT, check="true" if check else None), [row.token for row in batch])
    except AdminError as error:
        body = error.body if isinstance(error.body, dict) else {}
        if error.status != _INVALID or not isinstance(body.get("errors"), list):
            fail(f"{error}; imported before that: {done}", FAILED)
        found = [fault for fault in body["errors"] if not fault["detail"].startswith(_TWICE)]
        return [_told(fault, batch) for fault in found]
    return []


def _told(fault: dict[str, str], batch: list[Row]) -> str:
    """A fault at `[5].status` of a batch, in the words of the file."""
    index, mark, path = fault["path"].removeprefix("[").partition("]")
    place = f"{batch[int(index)].place}{path}: " if mark and index.isdigit() else ""
    return f"{place}expected {fault['detail']}"


def _stop_at(faults: list[str], done: int) -> None:
    """Tell the faults and exit, where there are any."""
    for fault in faults:
        note(fault)
    if faults:
        count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
        fail(f"{f'only {done} tokens were' if done else 'nothing was'} imported: {count}", BAD_INPUT)


def _all(client: AdminClient, status: str | None) -> Iterator[dict[str, Any]]:
    after = None
    while True:
        found = ask(client, "GET", with_query(PATH, status=status, after=after, limit=_BATCH))
        yield from found["tokens"]
        if "next" not in found:
            return
        after = found["next"]
