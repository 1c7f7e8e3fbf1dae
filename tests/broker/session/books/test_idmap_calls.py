"""Whole calls in the numbers of the station, and of the peers."""

from typing import Any

import pytest

from broker.ocpp import Call, Version
from broker.ocpp.ids import Space
from broker.session.books.idmap import IdMap, IdRow

V16, V201, V21 = Version


def no_transaction(peer: str, number: int) -> int | None:
    raise AssertionError("this call names no transaction")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails a test that reads a payload."""

    def decode(*_: Any) -> Any:
        raise AssertionError("a payload was read")

    monkeypatch.setattr("broker.ocpp.messages.decode", decode)


def to_station(ids: IdMap, peer: str, action: str, version: Version, **payload: Any) -> dict[str, Any]:
    call = ids.translate_to_station(peer, Call.of(action, payload, version=version), no_transaction)
    assert call is not None
    return call.payload


def to_peer(ids: IdMap, peer: str, action: str, version: Version, **payload: Any) -> dict[str, Any] | None:
    call = ids.translate_to_peer(peer, Call.of(action, payload, version=version))
    return None if call is None else call.payload


# --- to the station ---------------------------------------------------------------------------------------------------


def test_a_call_in_the_stations_numbers_is_the_same_object():
    call = Call("GetReport", b'{ "requestId": 5 }', version=V201)
    assert IdMap().translate_to_station("a", call, no_transaction) is call


@pytest.mark.usefixtures("unread")
def test_a_call_without_numbers_is_the_same_object_and_not_decoded():
    call = Call("Reset", b'{"type":"Immediate"}', version=V201)
    assert IdMap().translate_to_station("a", call, no_transaction) is call


def test_a_changed_call_keeps_its_ids_and_the_text_of_its_numbers():
    ids = IdMap()
    to_station(ids, "a", "SetChargingProfile", V201, evseId=0, chargingProfile={"id": 5})
    raw = b'{"evseId":0,"chargingProfile":{"id":5,"x":1.50}}'
    call = Call("SetChargingProfile", raw, version=V201, id="m1", id_json=b'"m1"', origin="b")
    changed = ids.translate_to_station("b", call, no_transaction)
    assert changed is not None
    assert changed.raw == raw.replace(b'"id":5', b'"id":2000000000')
    assert (changed.id, changed.id_json, changed.origin) == ("m1", b'"m1"', "b")


def test_a_peer_clears_its_own_profile_and_nobody_elses():
    ids = IdMap()
    to_station(ids, "a", "SetChargingProfile", V16, connectorId=0, csChargingProfiles={"chargingProfileId": 5})
    own = to_station(ids, "b", "SetChargingProfile", V16, connectorId=0, csChargingProfiles={"chargingProfileId": 5})
    number = own["csChargingProfiles"]["chargingProfileId"]
    assert number != 5
    assert to_station(ids, "b", "ClearChargingProfile", V16, id=5) == {"id": number}
    assert to_station(ids, "a", "ClearChargingProfile", V16, id=5) == {"id": 5}
    assert to_station(ids, "c", "ClearChargingProfile", V16, id=5)["id"] not in (5, number)
    assert to_station(ids, "c", "ClearChargingProfile", V16, id=-1) == {"id": -1}
    assert {row.peer for row in ids.rows()} == {"a", "b"}


def test_each_number_of_a_list_is_translated():
    ids = IdMap()
    to_station(ids, "a", "SetDisplayMessage", V21, message={"id": 1})
    second = to_station(ids, "b", "SetDisplayMessage", V21, message={"id": 1})["message"]["id"]
    assert to_station(ids, "b", "GetDisplayMessages", V21, requestId=1, id=[1, 7])["id"] == [second, 7]


def test_a_payload_that_cannot_be_read_goes_as_it_is():
    call = Call("GetReport", b'{"requestId":5', version=V201)
    assert IdMap().translate_to_station("a", call, no_transaction) is call


def test_a_value_that_is_no_integer_goes_as_it_is():
    call = Call("GetReport", b'{"requestId":"5"}', version=V201)
    ids = IdMap()
    assert ids.translate_to_station("a", call, no_transaction) is call
    assert ids.rows() == []


@pytest.mark.parametrize("number", [0, -1, 2**63 - 1])
def test_a_transaction_is_named_by_the_stations_number(number):
    call = Call.of("RemoteStopTransaction", {"transactionId": number}, version=V16)
    changed = IdMap().translate_to_station("a", call, lambda peer, value: {("a", number): 77}[peer, value])
    assert changed is not None
    assert changed.payload == {"transactionId": 77}


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("RemoteStopTransaction", {"transactionId": 9}),
        ("SetChargingProfile", {"csChargingProfiles": {"chargingProfileId": 5, "transactionId": 9}}),
        ("RemoteStartTransaction", {"chargingProfile": {"chargingProfileId": 5, "transactionId": 9}}),
    ],
)
def test_a_foreign_transaction_is_not_named_and_nothing_is_remembered(action, payload):
    ids = IdMap()
    call = Call.of(action, payload, version=V16)
    assert ids.translate_to_station("a", call, lambda peer, value: None) is None
    assert ids.rows() == []


def test_the_transactions_of_ocpp_2_are_the_stations():
    call = Call.of("RequestStopTransaction", {"transactionId": "9"}, version=V201)
    assert IdMap().translate_to_station("a", call, no_transaction) is call


# --- to the peer ------------------------------------------------------------------------------------------------------


def two_requests(version: Version = V201) -> tuple[IdMap, int]:
    """Both a and b have asked under their number 5; b's is another one at the station."""
    ids = IdMap()
    to_station(ids, "a", "GetReport", version, requestId=5)
    return ids, to_station(ids, "b", "GetReport", version, requestId=5)["requestId"]


def test_a_report_reaches_the_one_that_asked_in_its_own_number():
    ids, number = two_requests()
    report = Call.of("NotifyReport", {"requestId": number, "seqNo": 0}, version=V201)
    assert ids.owner_of(report) == "b"
    assert to_peer(ids, "b", "NotifyReport", V201, **report.payload) == {"requestId": 5, "seqNo": 0}
    assert ids.translate_to_peer("a", report) is None
    assert ids.translate_to_peer("c", report) is None


def test_progress_without_a_number_is_everybodys():
    ids, _ = two_requests()
    status = Call.of("LogStatusNotification", {"status": "Idle"}, version=V201)
    assert ids.owner_of(status) is None
    assert ids.translate_to_peer("a", status) is status


def test_progress_with_anothers_number_is_not_turned_into_one_without():
    ids, number = two_requests()
    status = Call.of("LogStatusNotification", {"status": "Uploading", "requestId": number}, version=V201)
    assert ids.owner_of(status) == "b"
    assert ids.translate_to_peer("a", status) is None


def test_a_report_that_nobody_has_asked_for_is_nobodys():
    ids, _ = two_requests()
    report = Call.of("NotifyReport", {"requestId": 99}, version=V201)
    assert ids.owner_of(report) is None
    assert ids.translate_to_peer("a", report) is report


@pytest.mark.parametrize("raw", [b'{"requestId":', b'{"requestId":"5"}', b'{"requestId":true}', b"{}"])
def test_a_report_whose_number_cannot_be_read_is_nobodys(raw):
    ids, _ = two_requests()
    report = Call("NotifyReport", raw, version=V201)
    assert ids.owner_of(report) is None
    assert ids.translate_to_peer("a", report) is report


def test_a_number_whose_name_is_written_with_escapes_is_found():
    ids, _ = two_requests()
    report = Call("NotifyReport", rb'{"reque\u0073tId":5}', version=V201)
    assert ids.owner_of(report) == "a"
    assert ids.translate_to_peer("b", report) is None


def test_a_call_that_everybody_gets_has_no_owner():
    ids = IdMap()
    to_station(ids, "a", "RequestStartTransaction", V201, remoteStartId=5)
    event = Call.of("TransactionEvent", {"transactionInfo": {"remoteStartId": 5}}, version=V201)
    assert ids.owner_of(event) is None


def test_a_reservation_and_a_remote_start_are_mentioned_to_the_one_that_made_them():
    ids = IdMap()
    to_station(ids, "a", "ReserveNow", V201, id=5)
    to_station(ids, "b", "RequestStartTransaction", V201, remoteStartId=6)
    event = {"seqNo": 1, "reservationId": 5, "transactionInfo": {"transactionId": "T", "remoteStartId": 6}}
    info = {"transactionId": "T"}
    assert to_peer(ids, "a", "TransactionEvent", V201, **event) == {
        "seqNo": 1,
        "reservationId": 5,
        "transactionInfo": info,
    }
    assert to_peer(ids, "b", "TransactionEvent", V201, **event) == {
        "seqNo": 1,
        "transactionInfo": {**info, "remoteStartId": 6},
    }
    assert to_peer(ids, "c", "TransactionEvent", V201, **event) == {"seqNo": 1, "transactionInfo": info}


def test_a_foreign_reservation_is_left_out_even_where_only_one_peer_has_given_numbers():
    ids = IdMap()
    to_station(ids, "a", "ReserveNow", V16, reservationId=5)
    assert ids.trivial
    start = Call.of("StartTransaction", {"connectorId": 1, "reservationId": 5}, version=V16)
    assert ids.translate_to_peer("a", start) is start
    assert to_peer(ids, "b", "StartTransaction", V16, **start.payload) == {"connectorId": 1}


@pytest.mark.usefixtures("unread")
def test_a_message_that_mentions_nothing_is_not_decoded():
    ids = IdMap([IdRow("reservation", "a", 5, 5), IdRow("reservation", "b", 5, 6)])
    event = Call("TransactionEvent", b'{"seqNo":1}', version=V201)
    assert ids.translate_to_peer("a", event) is event
    assert ids.owner_of(Call("NotifyReport", b'{"seqNo":1}', version=V201)) is None


@pytest.mark.usefixtures("unread")
def test_nothing_is_decoded_for_the_only_peer_that_has_given_numbers():
    ids = IdMap([IdRow("reservation", "a", 5, 5)])
    event = Call("TransactionEvent", b'{"reservationId":5}', version=V201)
    assert ids.translate_to_peer("a", event) is event


@pytest.mark.usefixtures("unread")
def test_nothing_is_decoded_where_nobody_has_given_a_number():
    report = Call("NotifyReport", b'{"requestId":5}', version=V201)
    assert IdMap().owner_of(report) is None
    assert IdMap().translate_to_peer("a", report) is report


def test_a_report_of_profiles_names_each_in_a_number_by_which_the_peer_can_clear_it():
    ids = IdMap()
    to_station(ids, "a", "SetChargingProfile", V201, chargingProfile={"id": 1})
    number = to_station(ids, "b", "SetChargingProfile", V201, chargingProfile={"id": 1})["chargingProfile"]["id"]
    to_station(ids, "b", "GetChargingProfiles", V201, requestId=3, chargingProfile={})
    profiles = [{"id": 1}, {"id": number}, {"id": -7}]
    report = to_peer(ids, "b", "ReportChargingProfiles", V201, requestId=3, chargingProfile=profiles)
    assert report is not None
    foreign, own, local = (profile["id"] for profile in report["chargingProfile"])
    assert (own, local) == (1, -7)
    assert foreign not in (1, number)
    assert to_station(ids, "b", "ClearChargingProfile", V201, chargingProfileId=foreign) == {"chargingProfileId": 1}
    assert to_station(ids, "b", "ClearChargingProfile", V201, chargingProfileId=1) == {"chargingProfileId": number}


def test_anothers_report_lends_no_numbers():
    ids = IdMap()
    to_station(ids, "a", "SetChargingProfile", V201, chargingProfile={"id": 1})
    to_station(ids, "a", "GetChargingProfiles", V201, requestId=3, chargingProfile={})
    assert to_peer(ids, "b", "ReportChargingProfiles", V201, requestId=3, chargingProfile=[{"id": 1}]) is None
    assert {row.peer for row in ids.rows()} == {"a"}


def test_a_battery_swap_reaches_everybody_each_in_its_own_number():
    ids = IdMap()
    to_station(ids, "a", "GetReport", V21, requestId=5)
    number = to_station(ids, "b", "RequestBatterySwap", V21, requestId=5)["requestId"]
    swap = Call.of("BatterySwap", {"requestId": number}, version=V21)
    assert ids.owner_of(swap) is None
    assert to_peer(ids, "b", "BatterySwap", V21, requestId=number) == {"requestId": 5}
    first, second = (to_peer(ids, "a", "BatterySwap", V21, requestId=number) for _ in range(2))
    assert first == second
    assert first is not None
    assert first["requestId"] != 5


def test_a_schedule_is_pulled_from_the_one_that_has_set_the_profile():
    ids = IdMap()
    to_station(ids, "a", "SetChargingProfile", V21, chargingProfile={"id": 1})
    number = to_station(ids, "b", "SetChargingProfile", V21, chargingProfile={"id": 1})["chargingProfile"]["id"]
    pull = Call.of("PullDynamicScheduleUpdate", {"chargingProfileId": number}, version=V21)
    assert ids.owner_of(pull) == "b"
    assert to_peer(ids, "b", "PullDynamicScheduleUpdate", V21, **pull.payload) == {"chargingProfileId": 1}
    assert to_station(ids, "b", "UpdateDynamicSchedule", V21, chargingProfileId=1) == {"chargingProfileId": number}


def test_the_end_of_a_reservation_is_told_the_one_that_made_it():
    ids = IdMap()
    to_station(ids, "api", "ReserveNow", V201, id=5)
    ended = Call.of("ReservationStatusUpdate", {"reservationId": 5}, version=V201)
    assert ids.owner_of(ended) == "api"
    assert Space.RESERVATION in {row.space for row in ids.rows()}
    assert ids.translate_to_peer("a", ended) is None
