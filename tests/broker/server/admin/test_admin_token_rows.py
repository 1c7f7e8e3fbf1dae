"""Tokens by the thousand."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.config.tokens import TokenEntry
from broker.server.admin.token_rows import COLUMNS, MAX_TOKENS, Faulty, Row, rows_of_csv, rows_of_list, tokens_of


def members(text: str) -> list[dict[str, Any]]:
    return [dict(row.members) for row in rows_of_csv(text)]


def faults(rows: Any) -> list[tuple[str, str]]:
    with pytest.raises(Faulty) as caught:
        tokens_of(rows() if callable(rows) else rows, 1.0)
    return list(caught.value.errors)


def test_the_first_line_names_the_columns_in_any_order() -> None:
    assert members("status, id \nBlocked,A\n,B\n") == [{"status": "Blocked", "id": "A"}, {"id": "B"}]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_may(end: str) -> None:
    assert members(f"id,note{end}A,x{end}{end}B,y") == [{"id": "A", "note": "x"}, {"id": "B", "note": "y"}]


def test_semicolons_will_do_where_there_is_no_comma() -> None:
    assert members("id;note\nA;x,y\n") == [{"id": "A", "note": "x,y"}]
    assert members('id,note\nA,"x;y"\n') == [{"id": "A", "note": "x;y"}]


def test_a_row_is_where_it_ends() -> None:
    rows = rows_of_csv('id,note\nA,"two\nlines"\n\nB,\n')
    assert [row.place for row in rows] == ["line 3", "line 5"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "line 1"), ("\n", "line 1"), ("status\nAccepted\n", "line 1"), ("id,id\nA,B\n", "line 1"),
        ("id,colour\nA,blue\n", "line 1"), ("id,\nA,\n", "line 1"), ("id\n", "line 2"), ("id\n\n\n", "line 2"),
        ("id,note\nA,x,y\n", "line 2"), ('id\n"A"B\n', "line 2"), ('id\n"A\n', "line 2"),
        ("id,note\nA," + "x" * 200_000 + "\n", "line 2"), ("id\n" + "A\n" * (MAX_TOKENS + 1), f"line {MAX_TOKENS + 2}"),
    ],
)  # fmt: skip
def test_a_text_that_has_no_rows_says_where(text: str, place: str) -> None:
    with pytest.raises(Faulty) as caught:
        rows_of_csv(text)
    [(found, _)] = caught.value.errors
    assert found == place


def test_as_many_as_there_may_be() -> None:
    assert len(rows_of_csv("id\n" + "".join(f"T{number}\n" for number in range(MAX_TOKENS)))) == MAX_TOKENS
    assert len(rows_of_list([{}] * MAX_TOKENS)) == MAX_TOKENS


@pytest.mark.parametrize("body", [None, {}, [], "A", [{}] * (MAX_TOKENS + 1)])
def test_a_body_that_is_no_list_of_tokens(body: Any) -> None:
    with pytest.raises(Faulty) as caught:
        rows_of_list(body)
    assert caught.value.errors[0][0] == ""


def test_all_that_is_said_becomes_a_token() -> None:
    row = {"id": "A", "status": "Blocked", "expires": "1970-01-01T00:01:00Z", "parent": "G", "parent_type": "Central",
           "type": "ISO14443", "note": "n", "language": "de", "language2": "en", "message": "m",
           "evses": {"CP001": [1, 2]}, "priority": -9, "credit": 0.5, "tariff": "t"}  # fmt: skip
    [token] = tokens_of(rows_of_list([row]), 5.0)
    assert set(row) == set(COLUMNS) == {"id", *TokenEntry.model_fields}
    assert {name: getattr(token, name) for name in COLUMNS} == {**row, "expires": 60.0}
    assert (token.updated_at, token.source) == (5.0, "api")


def test_cells_say_the_same_as_members() -> None:
    text = 'id,evses,priority,credit\nA,"CP001:1,2;CP002:",-3,12.50\nB,,,\n'
    one, other = tokens_of(rows_of_csv(text), 5.0)
    assert (one.evses, one.priority, one.credit) == ({"CP001": [1, 2], "CP002": []}, -3, 12.5)
    assert (other.evses, other.priority, other.credit) == ({}, None, None)


def test_what_is_not_said_has_its_default() -> None:
    [token] = tokens_of(rows_of_list([{"id": "A"}]), 5.0)
    assert (token.status, token.expires, token.parent, token.parent_type, token.type, token.language) == (
        "Accepted", None, None, None, "", None,
    )  # fmt: skip


def test_every_fault_of_every_row_is_told() -> None:
    rows = [{"id": "A", "status": "x", "expires": "y"}, {}, {"id": "x" * 256}, {"id": 7}, "B", {"id": "C", "colour": 1}]
    assert [path for path, _ in faults(rows_of_list(rows))] == [
        "[0].status", "[0].expires", "[1].id", "[2].id", "[3].id", "[4].id", "[5].colour",
    ]  # fmt: skip


def test_a_token_twice_is_told_with_both_places() -> None:
    [(path, expected)] = faults(rows_of_csv("id\nSECRET\nB\nsecret\n"))
    assert path == "line 4.id"
    assert "line 2 has it already" in expected


def test_no_fault_has_anything_of_a_row_in_it() -> None:
    rows = [{"id": "SECRET" * 9}, {"id": "SECRET"}, {"id": "secret", "status": "SECRET", "parent": "SECRET" * 9}]
    assert "SECRET" not in str(faults(rows_of_list(rows))).upper().replace("SECRET HAS", "")
    with pytest.raises(Faulty) as caught:
        rows_of_csv('id\n"SECRET"SECRET\n')
    assert "SECRET" not in str(caught.value)


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8).map(str.strip).filter(bool)
ENTRY = st.fixed_dictionaries(
    {}, optional={"status": st.sampled_from(["Accepted", "Blocked"]), "note": CELL, "parent": CELL}
)


@given(st.dictionaries(CELL.map(str.lower), ENTRY, min_size=1, max_size=8))
def test_csv_and_a_list_say_the_same(entries: dict[str, dict[str, str]]) -> None:
    rows = [{"id": one, **entry} for one, entry in entries.items()]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    assert tokens_or_faults(rows_of_csv(text.getvalue())) == tokens_or_faults(rows_of_list(rows))


def tokens_or_faults(rows: list[Row]) -> Any:
    try:
        return tokens_of(rows, 1.0)
    except Faulty as error:
        return [path.partition(".")[2] for path, _ in error.errors]


@given(st.text(max_size=60))
def test_any_text_has_rows_or_a_place_where_it_has_none(text: str) -> None:
    try:
        places = [row.place for row in rows_of_csv(text)]
    except Faulty as error:
        places = [path for path, _ in error.errors]
    assert places
    assert all(place.startswith("line ") for place in places)
