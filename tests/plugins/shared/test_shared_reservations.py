import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from broker.api import Reservation
from plugins.shared.reservations import (
    LATE,
    Start,
    answered,
    asked,
    awaited,
    cancelled,
    expired,
    fresh_id,
    meant,
    next_look,
    used,
)

NOW = 1_767_225_600.0
START = Start(transaction_id="7", reservation_id=None, evse=2, token="card", at=NOW + 300)
STATUSES = ["requested", "reserved", "used", "expired", "cancelled", "refused", "removed"]
ENDED = [status for status in STATUSES if status not in ("requested", "reserved")]


def row(status="reserved", **more):
    known = {"reservation_id": 5, "evse": 2, "connector": 1, "token": "CARD", "expires": NOW + 900, "created_at": NOW}
    return Reservation(identity="CP001", status=status, **{**known, **more})


def wanted(at=NOW):
    return row("requested", created_at=at, updated_at=at)


# --- numbers ----------------------------------------------------------------------------------------------------------


@given(taken=st.sets(st.integers(-5, 20) | st.integers(2**31 - 5, 2**31 + 5)))
def test_a_fresh_number_is_positive_of_32_bits_and_not_taken(taken):
    number = fresh_id(taken)
    assert 0 < number < 2**31
    assert number not in taken


@pytest.mark.parametrize(
    ("taken", "number"), [(set(), 1), ({1, 7}, 8), ({-3, 0}, 1), ({2**31 - 1}, 1), ({1, 2, 2**31 - 1}, 3)]
)
def test_numbers_count_up_as_long_as_they_can(taken, number):
    assert fresh_id(taken) == number


# --- ReserveNow -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_reservation_that_is_there_waits_for_the_answer_before_it_is_replaced(status):
    after = asked(row(status), wanted(NOW + 1))
    assert after is None if status == "reserved" else after.status == "requested"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("Accepted", "reserved"),
        ("Occupied", "refused"),
        ("Faulted", "refused"),
        ("Unavailable", "refused"),
        ("Rejected", "refused"),
        ("NotSupported", "refused"),
        ("", "refused"),
    ],
)
def test_the_answer_decides(answer, status):
    after = answered(row("requested"), wanted(NOW + 2), answer, NOW + 2)
    assert (after.status, after.answer, after.created_at, after.updated_at) == (status, answer, NOW, NOW + 2)


def test_what_has_no_number_is_not_kept():
    assert asked(None, None) is None
    assert answered(None, None, "Accepted", NOW) is None


def test_the_same_number_again_is_another_reservation():
    old = row("reserved", token="OTHER", expires=NOW + 5)
    after = answered(old, wanted(NOW + 2), "Accepted", NOW + 2)
    assert (after.token, after.expires, after.created_at) == ("CARD", NOW + 900, NOW + 2)
    assert after.transaction_id is None


def test_a_number_that_was_used_can_be_used_again():
    after = answered(row("used", transaction_id="7"), wanted(NOW + 2), "Accepted", NOW + 2)
    assert (after.status, after.transaction_id) == ("reserved", None)


def test_a_refusal_leaves_the_reservation_that_is_there():
    old = row("reserved", token="OTHER")
    after = answered(old, wanted(NOW + 2), "Occupied", NOW + 2)
    assert after == replace(old, answer="Occupied", updated_at=NOW + 2)


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", STATUSES)
def test_a_cancelled_reservation_is_over_unless_it_was_used(status):
    after = cancelled(row(status, transaction_id="7"), "Accepted", NOW + 1)
    if status in ("used", "cancelled"):
        assert after is None
    else:
        assert (after.status, after.answer, after.updated_at) == ("cancelled", "Accepted", NOW + 1)


@pytest.mark.parametrize("status", STATUSES)
def test_what_the_station_does_not_have_is_not_there(status):
    after = cancelled(row(status), "Rejected", NOW + 1)
    if status in ENDED:
        assert after is None
    else:
        assert (after.status, after.answer) == ("removed", "Rejected")


@pytest.mark.parametrize("answer", ["NotSupported", "InternalError", ""])
def test_an_error_cancels_nothing(answer):
    assert cancelled(row(), answer, NOW + 1) is None


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("later", [899.0, 900.0])
def test_a_reservation_ends_with_its_time(status, later):
    after = expired(row(status), NOW + later)
    if status in ENDED or later < 900:
        assert after is None
    else:
        assert (after.status, after.updated_at) == ("expired", NOW + later)


def test_one_without_an_end_has_none_to_wait_for():
    assert expired(row(expires=None), NOW).status == "expired"


# --- the transaction --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [status for status in STATUSES if status != "used"])
def test_a_transaction_uses_it_whatever_was_thought_of_it(status):
    after = used(row(status), "7", NOW + 1)
    assert (after.status, after.transaction_id, after.updated_at) == ("used", "7", NOW + 1)


def test_a_transaction_that_got_no_number_gets_it_later():
    after = used(row(), None, NOW + 1)
    assert (after.status, after.transaction_id) == ("used", None)
    assert used(after, None, NOW + 2) is None
    assert used(after, "7", NOW + 2).transaction_id == "7"


@pytest.mark.parametrize("again", ["7", "8", None])
def test_what_is_used_stays_used_by_the_first(again):
    assert used(row("used", transaction_id="7"), again, NOW + 1) is None


def test_the_connectors_own_reservation_is_meant_before_the_stations():
    station, own = row(reservation_id=1, evse=0), row(reservation_id=2)
    assert meant([station, own], START, []) is own
    assert meant([station], START, []) is station


def test_the_tags_own_reservation_is_meant_before_its_groups():
    group, own = row(reservation_id=1, token="X", parent="G"), row(reservation_id=2)
    assert meant([group, own], START, ["g"]) is own
    assert meant([group], START, ["g"]) is group


def test_the_oldest_is_meant_first():
    younger, older = row(reservation_id=1, created_at=NOW + 5), row(reservation_id=2)
    assert meant([younger, older], START, []) is older


@pytest.mark.parametrize(
    "found",
    [
        row(evse=1),
        row(token="OTHER"),
        row(token="OTHER", parent="H"),
        row("cancelled"),
        row("refused"),
        row("removed"),
        row("used", transaction_id="7"),
        row(expires=NOW + 300),
        row(created_at=NOW + 361),
    ],
)
def test_others_are_not_meant(found):
    assert meant([found], START, ["G"]) is None


@pytest.mark.parametrize("found", [row("requested"), row("expired"), row("used"), row(created_at=NOW + 360)])
def test_one_that_may_have_been_there_when_it_began_is_meant(found):
    assert meant([found], START, []) is found


def test_a_start_without_a_time_uses_only_what_is_there_now():
    timeless = START._replace(at=None)
    assert meant([row("expired")], timeless, []) is None
    assert meant([row(expires=NOW)], timeless, []) is not None


def test_a_forgotten_token_is_nobodys():
    assert meant([row(token="")], START._replace(token=""), []) is None


# --- what is still to come --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "to_come", "at"),
    [
        (row("requested"), True, NOW + 900),
        (row("reserved"), True, NOW + 900),
        (row("expired"), True, NOW + 900 + LATE),
        (row("used"), True, NOW + 900 + LATE),
        (row("used", transaction_id="7"), False, NOW + 900 + LATE),
        (row("cancelled"), False, NOW + 900 + LATE),
    ],
)
def test_a_reservation_is_looked_at_until_nothing_can_become_of_it(found, to_come, at):
    assert awaited(found) is to_come
    assert next_look(found) == at
