"""Structs to parameters and back."""

import sqlite3
from enum import StrEnum

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import JsonFloat
from broker.records import (
    Certificate,
    ChargingProfile,
    Connector,
    LocalList,
    Message,
    Registration,
    Reservation,
    SecurityEvent,
    Station,
    StoreFailed,
    Token,
    Transaction,
    Variable,
)
from broker.records.codec import Codec, blob, flag, number, real, text
from broker.store.csms import TABLES


class Word(StrEnum):
    YES = "Yes"


TABLE_OF = {
    Registration: "registration",
    Station: "station",
    Connector: "connector",
    Transaction: "charging_transaction",
    Variable: "variable",
    Reservation: "reservation",
    LocalList: "local_list",
    ChargingProfile: "charging_profile",
    Certificate: "certificate",
    SecurityEvent: "security_event",
    Message: "logged_message",
}


@pytest.mark.parametrize("kind", TABLE_OF)
def test_the_fields_are_the_columns_in_the_same_order(kind):
    (table,) = [table for table in TABLES if table.name == TABLE_OF[kind]]
    columns = [column.name for column in table.columns if column.name != "digest"]
    assert list(Codec(kind).fields) == columns


def test_a_token_has_a_key_before_and_no_source():
    (table,) = [table for table in TABLES if table.name == "token"]
    assert [column.name for column in table.columns] == ["key", *Codec(Token, without=("source",)).fields]


@given(st.text() | st.integers() | st.none() | st.text(st.characters(categories=["Cs"])) | st.sampled_from(list(Word)))
def test_a_text_is_one_that_every_column_takes(value):
    found = text(value)
    assert type(found) is str
    assert found.encode().decode() == found
    assert len(found) <= 1000


def test_a_text_stays_what_it_is_where_it_can():
    assert text("grün\x00") == "grün\x00"
    assert text(Word.YES) == "Yes"
    assert text("x" * 1001) == "x" * 1000
    assert text(None) == ""
    assert text(5) == "5"


NUMBERS = st.integers() | st.floats() | st.none() | st.booleans() | st.sampled_from(["5", "5.5", "x", "", "1e400", []])


@given(NUMBERS)
def test_numbers_are_such_that_every_column_takes_them(value):
    connection = sqlite3.connect(":memory:")
    whole, other = connection.execute("SELECT ?, ?", (number(value), real(value))).fetchone()
    connection.close()
    assert (whole, other) == (number(value), real(value))
    assert isinstance(other, float)


@given(st.integers(1 - 2**63, 2**63 - 1))
def test_a_whole_number_stays_what_it_is_where_it_can(value):
    assert number(value) == value


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        (2**63, 2**63 - 1),
        (-(2**63) - 1, 1 - 2**63),
        (5.9, 5),
        ("12", 12),
        ("x", 0),
        (None, 0),
        (float("inf"), 2**63 - 1),
        (True, 1),
        (JsonFloat("1.50"), 1),
    ],
)
def test_what_is_no_such_number_becomes_the_nearest(value, whole):
    assert number(value) == whole
    assert type(number(value)) is int


@pytest.mark.parametrize("value", [10**400, -(10**400)])
def test_a_number_beyond_all_floats_is_a_large_one(value):
    assert abs(real(value)) == 2.0**63
    assert (real(value) > 0) is (value > 0)


def test_data_is_json_or_what_it_was():
    assert blob({"a": [JsonFloat("1.50")]}) == b'{"a":[1.50]}'
    assert blob(None) == b"{}"
    assert blob(b"\x00") == b"\x00"
    assert (flag(True), flag(0), flag(None)) == (1, 0, 0)


def test_a_row_comes_back_as_it_was_put():
    row = Station(identity="CP1", version="ocpp1.6", booted_at=None, boot={"a": ["\ud800", 1.5]})
    codec = Codec(Station, keys=("identity",))
    params = codec.params(row)
    assert codec.row(params) == row
    assert codec.key_of(params) == codec.key("CP1") == ["CP1"]


def test_a_flag_comes_back_as_one():
    codec = Codec(Variable)
    found = codec.row(codec.params(Variable(identity="CP1", variable="v", readonly=True)))
    assert found.readonly is True


def test_long_values_and_certificates_are_longer_than_names():
    codec = Codec(Variable)
    row = codec.row(codec.params(Variable(identity="CP1", variable="v" * 2000, value="x" * 20_000)))
    assert (len(row.variable), len(row.value)) == (1000, 10_000)
    codec = Codec(Certificate)
    assert len(codec.row(codec.params(Certificate(identity="CP1", key="k", pem="x" * 20_000))).pem) == 20_000


def test_what_is_not_known_stays_not_known():
    codec = Codec(Reservation)
    row = Reservation(identity="CP1", reservation_id=1)
    params = dict(zip(codec.fields, codec.params(row), strict=True))
    assert [name for name, value in params.items() if value is None] == [
        "connector",
        "parent",
        "expires",
        "transaction_id",
    ]


@pytest.mark.parametrize("data", [b"{", b"\xff", None, "text"])
def test_damaged_data_is_a_read_that_failed(data):
    codec = Codec(LocalList)
    values = codec.params(LocalList(identity="CP1"))
    values[-1] = data
    with pytest.raises(StoreFailed, match="damaged"):
        codec.row(values)


def test_fields_that_are_no_columns_are_given_beside_them():
    class Kind(msgspec.Struct, kw_only=True):
        a: str
        b: int = 0

    codec = Codec(Kind, without=("b",))
    assert codec.row(["x"], b=5) == Kind(a="x", b=5)
