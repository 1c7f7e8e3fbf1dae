"""The checksum of a message."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_kit import message

from broker.store.rows import checksum

ROW = message(1)


@pytest.mark.parametrize(
    "change",
    [
        {"identity": "CP2"},
        {"upstream": "other"},
        {"version": "ocpp2.0.1"},
        {"action": "StopTransaction"},
        {"key": "another"},
        {"ref": 8},
        {"kind": "stop"},
        {"payload": b'{"connectorId":2}'},
        {"received_at": 1000.25},
    ],
)
def test_it_changes_with_everything_that_must_not_change(change):
    assert checksum(msgspec.structs.replace(ROW, **change)) != checksum(ROW)


@pytest.mark.parametrize("change", [{"id": 2}, {"attempts": 5}, {"error": "timeout"}])
def test_it_stays_with_what_may_change(change):
    assert checksum(msgspec.structs.replace(ROW, **change)) == checksum(ROW)


def test_text_cannot_wander_from_one_field_to_the_next():
    one = message(1, identity="CP1", upstream="main")
    other = message(1, identity="CP", upstream="1main")
    assert checksum(one) != checksum(other)


@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(0, 7))
def test_no_flipped_bit_of_a_payload_goes_unseen(payload, where, bit):
    flipped = bytearray(payload or b"x")
    flipped[where % len(flipped)] ^= 1 << bit
    assert checksum(message(1, payload=bytes(flipped))) != checksum(message(1, payload=payload or b"x"))
