import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import Reservation
from plugins.ocpp201.reservation.messages import group_of, row_of, start_of, updated
from plugins.shared.reservations import Start

NOW = 1_767_225_600.0
CARD = {"idToken": "CARD", "type": "Central"}
ASK = {"id": 5, "expiryDateTime": "2026-01-01T00:15:00Z", "idToken": CARD}
EVENT = {
    "eventType": "Started",
    "timestamp": "2026-01-01T00:05:00Z",
    "transactionInfo": {"transactionId": "TX"},
    "evse": {"id": 2},
    "idToken": CARD,
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["idToken", "id", "x"]), inner),
    max_leaves=4,
)


def row(status="reserved", **more):
    return Reservation(identity="CP001", reservation_id=5, status=status, **more)


def test_a_reserve_now_is_a_row():
    group = {"idToken": "G", "type": "Central"}
    assert row_of("CP001", {**ASK, "evseId": 2, "groupIdToken": group}, NOW) == Reservation(
        identity="CP001",
        reservation_id=5,
        evse=2,
        token="CARD",
        parent="G",
        expires=NOW + 900,
        status="requested",
        created_at=NOW,
        updated_at=NOW,
    )


def test_without_an_evse_it_is_for_any():
    found = row_of("CP001", ASK, NOW)
    assert (found.evse, found.parent) == (0, None)


@pytest.mark.parametrize("number", [None, "x", 2**70, []])
def test_what_has_no_number_is_not_kept(number):
    assert row_of("CP001", {**ASK, "id": number}, NOW) is None


def test_what_cannot_be_read_does_not_last():
    found = row_of("CP001", {"id": 5, "idToken": 7, "expiryDateTime": "soon", "evseId": []}, NOW)
    assert (found.evse, found.token, found.expires) == (0, "", NOW)


def test_an_event_tells_which_transaction_of_whom_begins_where():
    assert start_of(EVENT) == Start("TX", None, 2, "CARD", NOW + 300)
    assert start_of({"eventType": "Updated", "reservationId": 5}) == Start(None, 5, None, "", None)


@pytest.mark.parametrize("more", [{"eventType": "Ended"}, {"triggerReason": "StopAuthorized"}])
def test_what_stops_uses_only_what_it_names(more):
    assert start_of({**EVENT, **more}) is None
    assert start_of({**EVENT, **more, "reservationId": 5}).reservation_id == 5


@given(payload=st.dictionaries(st.sampled_from([*ASK, *EVENT, "reservationId", "evseId", "groupIdToken"]), ANY))
def test_no_payload_breaks_anything(payload):
    start_of(payload)
    row_of("CP001", payload, NOW)
    group_of({"idTokenInfo": payload})


def test_the_group_is_that_of_the_answer():
    assert group_of({"idTokenInfo": {"groupIdToken": {"idToken": "G", "type": "Central"}}}) == "G"
    assert group_of({"idTokenInfo": {"status": "Accepted"}}) is None
    assert group_of({}) is None


@pytest.mark.parametrize("status", ["requested", "reserved", "used", "expired", "cancelled", "refused", "removed"])
@pytest.mark.parametrize(
    ("word", "after"), [("Expired", "expired"), ("Removed", "removed"), ("NoTransaction", "removed")]
)
def test_only_what_may_be_there_still_ends(status, word, after):
    found = updated(row(status, transaction_id="TX" if status == "used" else None), word, NOW)
    if status in ("requested", "reserved"):
        assert (found.status, found.answer, found.updated_at) == (after, word, NOW)
    else:
        assert found is None


def test_one_that_was_used_for_no_transaction_is_removed():
    assert updated(row("used"), "NoTransaction", NOW).status == "removed"
    assert updated(row("used"), "Removed", NOW) is None


@pytest.mark.parametrize("word", [None, "", "Reserved"])
def test_another_word_ends_nothing(word):
    assert updated(row(), word, NOW) is None
