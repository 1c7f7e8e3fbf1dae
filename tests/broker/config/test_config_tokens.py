"""Tokens of the file."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from broker.config.base import Model
from broker.config.tokens import TokenEntry, TokenMap, fault_in_id, hinted, same
from broker.config.translate import problems_of


class Holder(Model):
    """A configuration of tokens alone."""

    tokens: TokenMap = Field(default_factory=dict, repr=False)


def problems(tokens) -> dict[str, str]:
    document = {"tokens": tokens}
    with pytest.raises(ValidationError) as caught:
        Holder.model_validate(document)
    return {one.path: str(one) for one in problems_of(caught.value, document, Holder)}


def entry(**members) -> TokenEntry:
    return TokenEntry.model_validate(members)


# --- what is written --------------------------------------------------------------------------------------------------


def test_a_token_is_its_status_or_a_mapping():
    written = {"A1": "Blocked", "B2": {"parent": "GROUP", "note": "van 7"}, "C3": {}}
    tokens = Holder.model_validate({"tokens": written}).tokens
    assert list(tokens) == ["A1", "B2", "C3"]
    assert (tokens["A1"].status, tokens["C3"].status) == ("Blocked", "Accepted")
    assert (tokens["B2"].status, tokens["B2"].parent, tokens["B2"].note) == ("Accepted", "GROUP", "van 7")
    assert (tokens["A1"].expires, tokens["A1"].parent, tokens["A1"].type) == (None, None, "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-01-31T12:00:00Z", datetime(2027, 1, 31, 12, tzinfo=UTC)),
        ("2027-01-31T12:00:00+02:00", datetime(2027, 1, 31, 10, tzinfo=UTC)),
        ("2027-01-31T12:00:00", datetime(2027, 1, 31, 12, tzinfo=UTC)),
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
    ],
)
def test_a_time_has_an_offset_or_is_utc(written, meant):
    assert entry(expires=written).expires == meant
    assert entry(expires=written).expires.utcoffset().total_seconds() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "accepted"},
        {"expires": 1767222000},
        {"expires": "soon"},
        {"expires": "0001-01-01T00:00:00+10:00"},
        {"expires": True},
        {"parent": ""},
        {"parent": "x" * 256},
        {"parent": "a\nb"},
        {"parent": 17},
        {"type": "x" * 21},
        {"parent_type": "a\0"},
        {"note": "x" * 256},
        {"language": "x" * 9},
        {"language2": "x" * 9},
        {"message": "x" * 513},
        {"message": "a\x1b"},
        {"evses": "CP001"},
        {"evses": "CP001:1;CP001:2"},
        {"evses": "CP001:one"},
        {"evses": [1]},
        {"evses": 1},
        {"priority": 10},
        {"priority": -10},
        {"priority": True},
        {"priority": 1.5},
        {"credit": "much"},
        {"credit": float("nan")},
        {"credit": True},
        {"tariff": "x" * 61},
        {"color": "blue"},
    ],
)
def test_a_wrong_entry_is_refused_at_its_key(wrong):
    found = problems({"04A2B3C4": wrong})
    assert list(found) == [f'tokens["entry 1 (..C4)"].{next(iter(wrong))}']


@pytest.mark.parametrize("wrong", [None, 7, [], ["Accepted"]])
def test_an_entry_is_a_word_or_a_mapping(wrong):
    assert list(problems({"04A2B3C4": wrong})) == ['tokens["entry 1 (..C4)"]']


@pytest.mark.parametrize("wrong", ["Accepted", ["04A2B3C4"], 5])
def test_tokens_are_a_mapping(wrong):
    assert list(problems(wrong)) == ["tokens"]


@pytest.mark.parametrize("one", [4711, True, None, "", "x" * 256, "a\tb"])
def test_a_wrong_id_is_refused(one):
    [text] = problems({one: "Accepted"}).values()
    assert "expected another key: " in text


def test_ids_of_255_characters_are_the_longest():
    assert Holder.model_validate({"tokens": {"x" * 255: "Accepted"}}).tokens
    assert [fault_in_id(one) != "" for one in ("x" * 255, "x" * 256, "", "x", 5)] == [False, True, True, False, True]


def test_every_fault_is_told_at_once():
    found = problems({"A": {"status": "x", "parent": 1}, "B": "Accepted", "C": {"statu": "Blocked"}})
    assert list(found) == ['tokens["entry 1"].status', 'tokens["entry 1"].parent', 'tokens["entry 3"].statu']
    assert found['tokens["entry 3"].statu'].endswith("did you mean status?")


def test_two_spellings_of_one_token_are_an_error_that_names_both():
    found = problems({"04A2B3C4": "Accepted", "OTHER": "Accepted", "04a2b3c4": "Blocked"})
    [(path, text)] = found.items()
    assert path == 'tokens["entry 3 (..c4)"]'
    assert "entry 1 (..C4) is the same one" in text


def test_what_only_ocpp_2_has_is_said_of_a_token_too():
    one = entry(language2="en", message="Hallo", evses="CP001:2,1", priority="-9", credit="12.5", tariff="night")
    assert (one.language2, one.message, one.evses, one.priority) == ("en", "Hallo", {"CP001": [1, 2]}, -9)
    assert (one.credit, one.tariff) == (12.5, "night")
    assert (entry().evses, entry().priority, entry().credit, entry(credit=0).credit) == ({}, None, None, 0.0)


# --- what is shown ----------------------------------------------------------------------------------------------------


def test_no_fault_has_a_token_in_it():
    found = problems({"SECRET04": {"status": "GEHEIM", "parent": "SECRET-GROUP" * 40}, "secret04": {"type": 7}})
    text = "".join(found.values())
    assert len(found) == 4
    for secret in ("SECRET", "secret", "GEHEIM"):
        assert secret not in text


def test_no_dump_and_no_repr_has_a_token_in_it():
    holder = Holder.model_validate(
        {"tokens": {"SECRET04": {"parent": "SECRET-GROUP", "note": "SECRET van", "message": "SECRET"}}}
    )
    for text in (repr(holder), str(holder), holder.model_dump_json(), repr(holder.tokens["SECRET04"])):
        assert "SECRET" not in text
    assert holder.model_dump()["tokens"]["SECRET04"]["parent"] == "SECRET-GROUP"
    assert Holder().model_dump_json() == '{"tokens":{}}'


@given(st.text(max_size=40), st.integers(1, 10_000))
def test_a_hint_never_has_more_than_two_characters_of_the_token(one, number):
    hint = hinted(number, one).removeprefix(f"entry {number}")
    assert hint == "" or (len(one) >= 8 and hint == f" (..{one[-2:]})")


@given(st.text(min_size=1, max_size=36))
def test_case_makes_no_difference(one):
    assert same(same(one)) == same(one)
    assert same("04A2b3") == same("04a2B3")


# --- the schema for editors -------------------------------------------------------------------------------------------


def test_the_schema_has_both_forms():
    schema = TypeAdapter(TokenMap).json_schema()
    long_form, short_form = schema["$defs"]["TokenEntry"]["anyOf"]
    assert set(long_form["properties"]) == set(TokenEntry.model_fields)
    assert {"Accepted", "Blocked", "Expired", "Invalid"} <= set(short_form["enum"])
