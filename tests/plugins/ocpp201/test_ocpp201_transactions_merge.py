"""One row out of all events of a transaction, in whatever order they come."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_tx_kit import CARD, NOW, TX, at, charging, event, measured, patient

from plugins.ocpp201.transactions.event import read
from plugins.ocpp201.transactions.merge import answered, blank, gap, merged


def merge(*payloads, restarts=False):
    tx = blank("CP001", TX, "ocpp2.0.1", NOW)
    for payload in payloads:
        tx = merged(tx, read(payload), NOW)
        if restarts:
            tx = msgspec.structs.replace(tx, details=json.loads(json.dumps(tx.details)))
    return tx


def test_a_transaction_from_plug_to_plug():
    tx = merge(*charging())
    assert (tx.evse, tx.connector, tx.token, tx.token_type) == (1, 2, "CARD1", "ISO14443")
    assert (tx.started_at, tx.meter_start, tx.stopped_at, tx.meter_stop) == (NOW, 1000, NOW + 240, 6000)
    assert (tx.ended, tx.stop_reason, tx.stop_token, tx.energy) == (True, "EVDisconnected", None, 5000)
    details = tx.details
    assert (details["seq"], details["chargingState"]) == ([[0, 4]], "Idle")
    assert details["states"] == [
        [NOW, "EVConnected"],
        [NOW + 60, "Charging"],
        [NOW + 180, "SuspendedEV"],
        [NOW + 240, "Idle"],
    ]
    assert gap(tx) == []
    assert "offline" not in details


@patient
@given(st.permutations(charging()), st.lists(st.sampled_from(charging()), max_size=5), st.booleans())
def test_any_order_and_any_repetition_makes_the_same_row(events, repeated, restarts):
    assert merge(*events, *repeated, restarts=restarts) == merge(*charging())


WORDS = st.sampled_from(["Charging", "SuspendedEV", "Idle"])
INFO = st.fixed_dictionaries(
    {},
    optional={
        "chargingState": WORDS,
        "timeSpentCharging": st.integers(0, 5),
        "remoteStartId": st.integers(1, 2),
        "stoppedReason": st.sampled_from(["Local", "Remote"]),
        "tariffId": st.sampled_from(["T1", "T2"]),
        "transactionLimit": st.fixed_dictionaries({"maxTime": st.integers(1, 3)}),
    },
)
TOKEN = st.fixed_dictionaries({"idToken": st.sampled_from(["A", "B"]), "type": st.sampled_from(["Central", "Local"])})
SAMPLE = st.fixed_dictionaries(
    {"value": st.integers(0, 50)},
    optional={"context": st.sampled_from(["Transaction.Begin", "Transaction.End", "Sample.Clock"])},
)
METER = st.lists(
    st.fixed_dictionaries(
        {"timestamp": st.integers(0, 9).map(at), "sampledValue": st.lists(SAMPLE, min_size=1, max_size=2)}
    ),
    max_size=2,
)
MEMBERS = st.fixed_dictionaries(
    {"timestamp": st.integers(0, 9).map(at)},
    optional={
        "evse": st.fixed_dictionaries({"id": st.integers(1, 2)}, optional={"connectorId": st.integers(1, 2)}),
        "idToken": TOKEN,
        "meterValue": METER,
        "offline": st.booleans(),
        "reservationId": st.integers(1, 2),
        "triggerReason": st.sampled_from(["Authorized", "StopAuthorized"]),
        "cableMaxCurrent": st.integers(16, 18),
        "evseSleep": st.booleans(),
    },
)
KIND = st.sampled_from(["Started", "Updated", "Ended"])


@st.composite
def events_and_another_order(draw, unique=True):
    numbers = draw(st.lists(st.integers(0, 8), min_size=1, max_size=7, unique=unique))
    events = [event(draw(KIND), seq, info=draw(INFO), **draw(MEMBERS)) for seq in numbers]
    again = draw(st.lists(st.sampled_from(events), max_size=4))
    return events, draw(st.permutations(events + again))


@patient
@given(events_and_another_order(), st.booleans())
def test_whatever_the_events_say_their_order_does_not_matter(drawn, restarts):
    events, others = drawn
    assert merge(*others, restarts=restarts) == merge(*events)


@patient
@given(events_and_another_order(unique=False))
def test_a_number_that_was_given_twice_makes_no_difference_to_anything_but_the_states(drawn):
    """E_53 wants another number for each event; a station that gives the same one always is no reason for chance."""
    one, other = merge(*drawn[0]), merge(*drawn[1])
    for tx in (one, other):
        tx.details.pop("states", None)
        tx.details["order"].pop("states", None)
    assert one == other


@pytest.mark.parametrize(
    "members",
    [
        ({"evse": {"id": 1}}, {"evse": {"id": 2}}),
        ({"idToken": CARD}, {"idToken": {"idToken": "B", "type": "Central"}}),
        ({"info": {"chargingState": "Charging"}}, {"info": {"chargingState": "Idle"}}),
        ({"cableMaxCurrent": 16}, {"cableMaxCurrent": 32}),
        ({"info": {"remoteStartId": 1}}, {"info": {"remoteStartId": 2}}),
        ({"reservationId": 1}, {"reservationId": 2}),
        ({"timestamp": at(5)}, {"timestamp": at(6)}),
    ],
)
@pytest.mark.parametrize("kind", ["Started", "Updated", "Ended"])
def test_two_events_with_one_number_that_contradict_each_other_are_not_decided_by_chance(kind, members):
    one, other = (event(kind, 3, **said) for said in members)
    first, second = merge(one, other), merge(other, one)
    for tx in (first, second):
        tx.details.pop("states", None)
        tx.details["order"].pop("states", None)
    assert first == second


def test_merging_changes_nothing_in_place():
    tx = merge(*charging()[:3])
    before = json.dumps(msgspec.to_builtins(tx))
    merged(tx, read(charging()[4]), NOW)
    answered(tx, read(charging()[1]), {"idTokenInfo": {"status": "Accepted"}, "totalCost": 5})
    assert json.dumps(msgspec.to_builtins(tx)) == before


def test_what_others_have_put_into_the_details_stays():
    tx = merge(*charging()[:1])
    tx = msgspec.structs.replace(tx, details={**tx.details, "cost": {"total": 5}})
    assert merged(tx, read(charging()[1]), NOW).details["cost"] == {"total": 5}


def test_the_end_is_final_and_a_late_event_fills_the_gap():
    started, authorized, middle, suspended, ended = charging()
    tx = merge(started, ended)
    assert (tx.ended, tx.details["chargingState"], gap(tx)) == (True, "Idle", [[1, 3]])
    tx = merge(started, ended, suspended, middle)
    assert (tx.ended, tx.stopped_at, tx.details["chargingState"], gap(tx)) == (True, NOW + 240, "Idle", [[1, 1]])
    assert (tx.token, tx.meter_start) == (None, 3000)
    tx = merge(started, ended, suspended, middle, authorized)
    assert (tx.token, tx.meter_start, tx.meter_stop, gap(tx)) == ("CARD1", 1000, 6000, [])


def test_of_two_ends_the_first_one_counts():
    tx = merge(event("Ended", 5, info={"stoppedReason": "Remote"}), event("Ended", 4, info={"stoppedReason": "Local"}))
    assert (tx.stop_reason, tx.stopped_at) == ("Local", NOW + 240)


def test_an_end_without_a_reason_is_local():
    assert merge(event("Ended", 1)).stop_reason == "Local"


def test_no_start_is_known_before_the_started_event_has_come():
    tx = merge(event("Updated", 3))
    assert (tx.started_at, tx.ended, tx.stop_reason) == (None, False, None)


def test_the_first_id_token_starts_and_the_last_one_that_stops_stops():
    def with_token(kind, seq, token, trigger):
        return event(kind, seq, triggerReason=trigger, idToken={"idToken": token, "type": "Central"})

    tx = merge(
        with_token("Updated", 5, "E", "StopAuthorized"),
        with_token("Updated", 4, "D", "StopAuthorized"),
        with_token("Updated", 2, "B", "Authorized"),
        with_token("Updated", 3, "C", "Authorized"),
    )
    assert (tx.token, tx.stop_token) == ("B", "E")
    assert merge(with_token("Ended", 1, "M", "Deauthorized")).token is None


@pytest.mark.parametrize(
    ("events", "energy"),
    [
        ([event("Started", 0, meterValue=measured(0, 10)), event("Ended", 1, meterValue=measured(1, 30))], (10, 30)),
        ([event("Updated", 1, meterValue=measured(1, 15)), event("Ended", 2)], (None, None)),
        ([event("Started", 0, meterValue=measured(0, 10)), event("Ended", 2)], (10, None)),
        ([event("Ended", 1, meterValue=measured(1, 25, context="Transaction.End"))], (None, 25)),
        ([event("Ended", 1, meterValue=measured(1, 25))], (None, 25)),
        ([event("Ended", 1, meterValue=[*measured(0, 5), *measured(1, 25, context="Transaction.End")])], (5, 25)),
        ([event("Updated", 1, meterValue=[*measured(0, 5), *measured(1, 25)]), event("Ended", 2)], (5, 25)),
        ([event("Updated", 1, meterValue=measured(1, 15))], (15, None)),
        ([event("Started", 0), event("Ended", 2)], (None, None)),
        ([event("Started", 0), event("Ended", 2, meterValue=measured(2, 25, context="Transaction.End"))], (None, 25)),
        ([event("Ended", 2, meterValue=measured(2, 25))], (None, 25)),
        ([event("Updated", 1, meterValue=measured(1, 25, context="Transaction.End"))], (None, None)),
        (
            [
                event("Started", 0, meterValue=measured(0, 10)),
                event("Updated", 1, meterValue=measured(1, 12, context="Transaction.Begin")),
                event("Updated", 2, meterValue=measured(2, 40, context="Transaction.End")),
                event("Ended", 3, meterValue=measured(3, 99)),
            ],
            (12, 40),
        ),
    ],
)
def test_the_meter_at_the_begin_and_at_the_end(events, energy):
    tx = merge(*events)
    assert (tx.meter_start, tx.meter_stop) == energy


@pytest.mark.parametrize(
    ("events", "missing"),
    [
        ([event("Started", 0)], None),
        ([event("Started", 0), event("Ended", 1)], []),
        ([event("Ended", 2)], [[0, 2 - 1]]),
        ([event("Started", 100), event("Ended", 103)], [[101, 102]]),
        ([event("Started", 5), event("Ended", 2)], []),
        ([event("Started", 0), {**event("Ended", 1), "seqNo": None}], None),
        ([{**event("Started", 0), "seqNo": "x"}, event("Ended", 1)], [[0, 0]]),
    ],
)
def test_a_gap_is_what_is_missing_between_start_and_end(events, missing):
    assert gap(merge(*events)) == missing


def test_what_the_id_token_was_answered_is_kept_with_it():
    _, authorized, *_ = charging()
    info = {
        "status": "Accepted",
        "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
        "chargingPriority": 2,
        "customData": {"vendorId": "x"},
    }
    tx = answered(merge(authorized), read(authorized), {"idTokenInfo": info})
    assert (tx.status, tx.parent) == ("Accepted", "FAMILY")
    assert tx.details["idTokenInfo"] == {"status": "Accepted", "chargingPriority": 2}
    assert answered(tx, read(authorized), {"idTokenInfo": info}) is tx


def test_the_answer_to_an_id_token_that_stops_is_none_about_the_one_that_started():
    ended = event("Ended", 4, idToken={"idToken": "OTHER", "type": "Central"})
    tx = merge(charging()[1], ended)
    assert answered(tx, read(ended), {"idTokenInfo": {"status": "Blocked"}}) is tx


def test_the_answer_to_the_same_id_token_later_is_none_about_the_start():
    authorized, later = charging()[1], event("Updated", 3, idToken=CARD, triggerReason="Authorized")
    tx = answered(merge(authorized, later), read(authorized), {"idTokenInfo": {"status": "Accepted"}})
    assert answered(tx, read(later), {"idTokenInfo": {"status": "Blocked"}}).status == "Accepted"


def test_the_last_answer_about_cost_and_limits_counts():
    started, *_, ended = charging()
    tx = merge(started, ended)
    reply = {"totalCost": 5.5, "chargingPriority": 1, "transactionLimit": {"maxCost": 20}}
    tx = answered(tx, read(ended), reply)
    assert answered(tx, read(started), {"totalCost": 1}) is tx
    assert (tx.details["totalCost"], tx.details["chargingPriority"], tx.details["limits"]) == (5.5, 1, {"maxCost": 20})
    assert answered(tx, read(ended), {"totalCost": 6}).details["totalCost"] == 6


@pytest.mark.parametrize("reply", [{}, {"idTokenInfo": "x"}, {"totalCost": "x", "transactionLimit": []}])
def test_an_answer_that_says_nothing_changes_nothing(reply):
    tx = merge(charging()[1])
    assert answered(tx, read(charging()[1]), reply) is tx


def test_details_that_are_damaged_are_no_reason_to_fail():
    tx = blank("CP001", TX, "ocpp2.0.1", NOW)
    tx.details = {"order": "x", "seq": 5, "meter": [], "states": {}}
    assert merged(tx, read(charging()[4]), NOW).meter_stop == 6000


def test_a_token_that_was_forgotten_stays_forgotten_when_its_event_comes_again():
    tx = merge(*charging())
    forgotten = msgspec.structs.replace(tx, token="")
    assert merged(forgotten, read(charging()[1]), NOW).token == ""


def test_the_first_id_of_a_remote_start_and_of_a_reservation_that_is_said_is_kept():
    tx = merge(
        event("Started", 0), event("Updated", 1, info={"remoteStartId": 7}, reservationId=3), event("Updated", 2)
    )
    assert (tx.details["remoteStartId"], tx.reservation_id) == (7, 3)


def test_what_was_sent_while_offline_is_marked():
    assert merge(event("Started", 0, offline=True), event("Ended", 1)).details["offline"] is True


def test_a_row_is_told_when_it_was_changed_last():
    tx = merged(merge(event("Started", 0)), read(event("Updated", 1, idToken=CARD)), NOW + 5)
    assert (tx.received_at, tx.updated_at) == (NOW, NOW + 5)
    assert merged(tx, read(event("Started", 0)), NOW).updated_at == NOW + 5
