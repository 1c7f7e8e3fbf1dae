"""Tokens that come by the thousand, as CSV or as a list of JSON: all of them good, or every fault with its place.

Nothing of a row is in a fault: an idTag is a credential.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from broker.config.faults import checked
from broker.config.tokens import TokenEntry, fault_in_id, same
from broker.records import Token
from broker.server.provisioning import API, token_of

MAX_TOKENS = 10_000
COLUMNS = ("id", *TokenEntry.model_fields)
_ID = "id"


@dataclass(frozen=True, slots=True)
class Row:
    """A token to be: where it stands, and what it says of itself."""

    place: str
    """`line 7` of CSV, `[5]` of a list."""
    members: Mapping[str, Any]


class Faulty(ValueError):
    """None of the rows can be taken; `errors` has the path and what was expected there, for every fault."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{path}: {expected}" for path, expected in errors))
        self.errors = errors


def rows_of_list(body: Any) -> list[Row]:
    """The rows of a decoded JSON body; raises Faulty."""
    if not isinstance(body, list) or not 1 <= len(body) <= MAX_TOKENS:
        raise Faulty(("", f"a list of 1 to {MAX_TOKENS} tokens"))
    return [Row(f"[{index}]", item if isinstance(item, dict) else {}) for index, item in enumerate(body)]


def rows_of_csv(text: str) -> list[Row]:
    """The rows of a text whose first line names the columns; an empty cell says nothing. Raises Faulty.

    Semicolons will do in place of the commas: some spreadsheets write them.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=_delimiter(text))
    try:
        columns = [name.strip() for name in next(reader, [])]
        _check_columns(columns)
        return list(_read(reader, columns))
    except csv.Error:  # its text may quote the row
        raise Faulty((f"line {reader.line_num}", "a row of CSV (RFC 4180)")) from None


def tokens_of(rows: Iterable[Row], now: float) -> list[Token]:
    """The tokens of these rows; raises Faulty with all that is wrong with them."""
    tokens: list[Token] = []
    faults: list[tuple[str, str]] = []
    first: dict[str, str] = {}
    for row in rows:
        one = row.members.get(_ID)
        entry = checked(TokenEntry, {name: value for name, value in row.members.items() if name != _ID})
        found = [*_faults_of_id(row, one, first), *(entry if isinstance(entry, list) else ())]
        faults += [(f"{row.place}.{path}" if path else row.place, expected) for path, expected in found]
        if isinstance(entry, TokenEntry) and not faults:
            tokens.append(token_of(str(one), entry, source=API, at=now))
    if faults:
        raise Faulty(*faults)
    return tokens


def _faults_of_id(row: Row, one: Any, first: dict[str, str]) -> Iterator[tuple[str, str]]:
    expected = "a value: every token has one" if one is None else fault_in_id(one)
    if expected:
        yield _ID, expected
    elif (other := first.setdefault(same(one), row.place)) is not row.place:
        yield _ID, f"each token once, compared without regard to case; {other} has it already"


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if ";" in first and "," not in first else ","


def _check_columns(columns: Sequence[str]) -> None:
    if _ID not in columns or len(set(columns)) != len(columns) or not set(columns) <= set(COLUMNS):
        raise Faulty(("line 1", f"the names of the columns, each once, with id: {', '.join(COLUMNS)}"))


def _read(reader: Any, columns: Sequence[str]) -> Iterable[Row]:
    count = 0
    for cells in reader:
        if not any(cells):  # an empty line
            continue
        count += 1
        if count > MAX_TOKENS:
            raise Faulty((f"line {reader.line_num}", f"at most {MAX_TOKENS} tokens"))
        if len(cells) > len(columns):
            raise Faulty((f"line {reader.line_num}", f"at most {len(columns)} cells, as many as there are columns"))
        members = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
        yield Row(f"line {reader.line_num}", {name: cell for name, cell in members.items() if cell})
    if not count:
        raise Faulty(("line 2", "at least one token"))
