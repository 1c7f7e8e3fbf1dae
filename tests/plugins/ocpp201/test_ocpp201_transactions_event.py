import pytest
from hypothesis import given
from hypothesis import strategies as st
from ocpp201_tx_kit import CARD, NOW, TX, at, event, measured, patient

from plugins.ocpp201.transactions.event import limits, read, transaction_id_of


def test_all_members_of_an_event_are_read():
    payload = event(
        "Updated",
        3,
        triggerReason="Authorized",
        offline=True,
        evse={"id": 1, "connectorId": 2},
        idToken=CARD,
        reservationId=9,
        meterValue=measured(3, 5),
        numberOfPhasesUsed=3,
        cableMaxCurrent=32,
        preconditioningStatus="Ready",
        evseSleep=False,
        info={
            "chargingState": "Charging",
            "timeSpentCharging": 60,
            "remoteStartId": 7,
            "operationMode": "ChargingOnly",
            "tariffId": "T1",
            "transactionLimit": {"maxEnergy": 5000.5, "maxTime": "x", "customData": {}},
        },
    )
    found = read(payload)
    assert (found.transaction_id, found.kind, found.seq, found.at) == (TX, "Updated", 3, NOW + 180)
    assert (found.trigger, found.offline, found.evse, found.connector) == ("Authorized", True, 1, 2)
    assert (found.token, found.token_type, found.reservation_id, found.remote_start_id) == ("CARD1", "ISO14443", 9, 7)
    assert [one.wh for one in found.readings] == [5]
    assert found.latest == {
        "chargingState": "Charging",
        "timeSpentCharging": 60,
        "operationMode": "ChargingOnly",
        "tariffId": "T1",
        "transactionLimit": {"maxEnergy": 5000.5},
        "numberOfPhasesUsed": 3,
        "cableMaxCurrent": 32,
        "preconditioningStatus": "Ready",
        "evseSleep": False,
    }
    assert found.place == (3, NOW + 180)


def test_the_least_event_says_nothing_more():
    found = read({"transactionInfo": {"transactionId": "t"}})
    assert (found.seq, found.at, found.place, found.token, found.evse, found.latest) == (
        None,
        None,
        (-1, 0.0),
        None,
        None,
        {},
    )


@pytest.mark.parametrize("info", [None, [], {}, {"transactionId": ""}, {"transactionId": None}, {"transactionId": 1.5}])
def test_an_event_without_a_transaction_is_none(info):
    assert read({"transactionInfo": info}) is None
    assert transaction_id_of({"transactionInfo": info}) is None


@pytest.mark.parametrize(("given_id", "found"), [(17, "17"), ("x" * 400, "x" * 255), ("\ud800", "?")])
def test_an_id_that_is_no_short_text_becomes_one(given_id, found):
    assert transaction_id_of({"transactionInfo": {"transactionId": given_id}}) == found


@pytest.mark.parametrize(
    ("kind", "trigger", "stops"),
    [("Ended", "EVDeparted", True), ("Updated", "StopAuthorized", True), ("Updated", "Authorized", False)],
)
def test_an_id_token_stops_at_the_end_or_where_the_stop_was_authorized(kind, trigger, stops):
    assert read(event(kind, 1, triggerReason=trigger)).stops is stops


@pytest.mark.parametrize("number", [-1, "x", 2**70, None, []])
def test_a_number_that_is_none_is_no_place(number):
    assert read({**event("Updated", 0), "seqNo": number}).place == (-1, NOW)


def test_limits_are_numbers():
    assert limits({"maxCost": 1.5, "maxEnergy": None, "maxTime": [], "maxSoC": 80, "x": 1}) == {
        "maxCost": 1.5,
        "maxSoC": 80,
    }
    assert limits("x") == {}


MEMBERS = (
    "eventType", "timestamp", "triggerReason", "seqNo", "offline", "evse", "idToken", "reservationId", "meterValue",
    "numberOfPhasesUsed", "evseSleep", "id", "connectorId", "chargingState", "transactionLimit", "stoppedReason",
    "type", "remoteStartId", "maxCost",
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text("aé1", max_size=4)
    | st.just(at(1)),
    lambda children: st.lists(children, max_size=2) | st.dictionaries(st.sampled_from(MEMBERS), children, max_size=6),
    max_leaves=15,
)


@patient
@given(st.dictionaries(st.sampled_from(MEMBERS), JSON), st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_no_shape_of_an_event_raises(payload, info):
    found = read({**payload, "transactionInfo": {**info, "transactionId": "t"}})
    assert found is not None
    assert isinstance(found.place, tuple)
