import pytest
from ocpp201_tx_kit import CARD, NOW, plugin

from broker.api import (
    ChargingProfile,
    Direction,
    OperationFailed,
    Reply,
    StationRefused,
    StoreFailed,
    Token,
    Transaction,
)
from broker.testing import Harness
from plugins.ocpp201.authorization.plugin import Authorization
from plugins.ocpp201.remote_control.plugin import IDS, RemoteControl
from plugins.ocpp201.versions import V2, V21, V201

ACCEPTED = Reply.result({"status": "Accepted"})
both_versions = pytest.mark.parametrize("version", V2)


@pytest.fixture
async def h():
    h = await Harness((RemoteControl, {})).ready()
    yield h
    await h.stop()


async def start(h, params, version=V201, reply=ACCEPTED):
    """The result, and what was sent."""
    session = h.session(version)
    session.replies["RequestStartTransaction"] = reply
    result = await h.operate(version, "remote-start", params)
    action, payload = session.sent[-1]
    assert action == "RequestStartTransaction"
    return result, payload


@both_versions
@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("CARD1/ISO14443", CARD),
        ("TAG/ISO15693", {"idToken": "TAG", "type": "ISO15693"}),
        ("CARD9", {"idToken": "CARD9", "type": "KeyCode"}),
        ("NEW", {"idToken": "NEW", "type": "Central"}),
        ("/NoAuthorization", {"idToken": "", "type": "NoAuthorization"}),
        ({"idToken": "", "type": "NoAuthorization"}, {"idToken": "", "type": "NoAuthorization"}),
    ],
)
async def test_a_transaction_is_started_for_an_id_token_of_any_type(h, version, given, sent):
    h.records.tokens.configure({"CARD9": Token(id="CARD9", type="KeyCode")})
    result, payload = await start(h, {"idToken": given, "evseId": 1}, version)
    assert payload == {"idToken": sent, "evseId": 1, "remoteStartId": result["remoteStartId"]}
    assert result == {"status": "Accepted", "remoteStartId": int(NOW)}


async def test_each_start_has_a_number_of_its_own_unless_one_is_given(h):
    numbers = [(await start(h, params))[0]["remoteStartId"] for params in (
        {"idToken": "A"}, {"idToken": "A"}, {"idToken": "A", "remoteStartId": 7}, {"idToken": "A"},
    )]  # fmt: skip
    assert numbers == [int(NOW), int(NOW) + 1, 7, int(NOW) + 2]
    assert plugin(h, "ocpp201.remote_control").shared[IDS].next() == int(NOW) + 3


async def test_a_group_and_a_transaction_that_runs_already_are_told(h):
    reply = Reply.result({"status": "Accepted", "transactionId": "t1"})
    result, payload = await start(h, {"idToken": "A/Central", "groupIdToken": "FAMILY/Central"}, reply=reply)
    assert payload["groupIdToken"] == {"idToken": "FAMILY", "type": "Central"}
    assert result["transactionId"] == "t1"


async def test_without_an_id_token_the_csms_makes_one_that_it_accepts_afterwards():
    h = await Harness((Authorization, {}), (RemoteControl, {})).ready()
    _, payload = await start(h, {})
    assert payload["idToken"]["type"] == "Central"
    answer = await h.call(V201, "Authorize", {"idToken": payload["idToken"]})
    assert answer.payload["idTokenInfo"]["status"] == "Accepted"
    await h.stop()


async def test_without_anybody_who_makes_one_an_id_token_is_needed(h):
    with pytest.raises(OperationFailed, match="idToken"):
        await h.operate(V201, "remote-start", {})


async def test_a_limit_makes_a_profile_with_an_id_that_the_station_does_not_have(h):
    held = ChargingProfile(identity="CP001", profile_id=5)
    await h.records.commit(h.records.charging_profiles.put(held))
    result, payload = await start(h, {"idToken": "A", "limit": 16, "numberPhases": 3})
    profile = payload["chargingProfile"]
    assert result["chargingProfileId"] == profile["id"] != 5
    assert profile["chargingSchedule"][0]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 16.0, "numberPhases": 3}
    ]


async def test_a_profile_that_is_given_is_sent_and_a_wrong_one_is_not(h):
    _, payload = await start(h, {"idToken": "A", "chargingProfile": {"id": 3, "chargingSchedule": [{"id": 1}]}})
    assert (payload["chargingProfile"]["id"], payload["chargingProfile"]["chargingProfilePurpose"]) == (3, "TxProfile")
    with pytest.raises(OperationFailed, match="transactionId"):
        await start(h, {"idToken": "A", "chargingProfile": {"transactionId": "t", "chargingSchedule": [{"id": 1}]}})


@pytest.mark.parametrize("reply", [Reply.result({"status": "Rejected"}), Reply.error("InternalError")])
async def test_a_refusal_is_told_and_kept(h, reply):
    if reply.is_result:
        assert (await start(h, {"idToken": "A"}, reply=reply))[0]["status"] == "Rejected"
    else:
        with pytest.raises(StationRefused):
            await start(h, {"idToken": "A"}, reply=reply)
    (kept,) = await plugin(h, "ocpp201.remote_control").documents.get("CP001", "remote_starts")
    assert kept["status"] == ("Rejected" if reply.is_result else "InternalError")


async def test_a_start_that_somebody_else_has_asked_for_is_kept_if_that_can_be(h, monkeypatch):
    payload = {"remoteStartId": 9, "idToken": CARD}
    await h.reply(V201, "RequestStartTransaction", payload, ACCEPTED, direction=Direction.TO_STATION)
    documents = plugin(h, "ocpp201.remote_control").documents
    assert [one["remoteStartId"] for one in await documents.get("CP001", "remote_starts")] == [9]

    async def fails(*_):
        raise StoreFailed("no disk")

    monkeypatch.setattr(h.records.documents, "get", fails)
    await h.reply(V201, "RequestStartTransaction", payload, ACCEPTED, direction=Direction.TO_STATION)


async def run(h, *rows):
    for transaction_id, evse in rows:
        row = Transaction(identity="CP001", transaction_id=transaction_id, version=V201, evse=evse)
        await h.records.commit(h.records.transactions.put(row))


@both_versions
@pytest.mark.parametrize(
    ("params", "wanted"),
    [({}, "t1"), ({"evseId": 1}, "t1"), ({"transactionId": "t9"}, "t9")],
)
async def test_the_transaction_that_is_meant_is_stopped(h, version, params, wanted):
    await run(h, ("t1", 1))
    session = h.session(version)
    session.replies["RequestStopTransaction"] = ACCEPTED
    assert await h.operate(version, "remote-stop", params) == {"status": "Accepted", "transactionId": wanted}
    assert session.sent == [("RequestStopTransaction", {"transactionId": wanted})]


async def test_of_several_on_an_evse_the_latest_is_meant_and_of_several_evses_none(h):
    await run(h, ("t1", 1), ("t2", 1), ("t3", 2))
    assert (await h.operate(V201, "remote-stop", {"evseId": 1}))["transactionId"] == "t2"
    with pytest.raises(OperationFailed, match="t2 on EVSE 1, t3 on EVSE 2"):
        await h.operate(V201, "remote-stop")


@pytest.mark.parametrize(("params", "says"), [({}, "no transaction runs;"), ({"evseId": 3}, "on EVSE 3")])
async def test_where_nothing_runs_that_is_said(h, params, says):
    await run(h, *([("t1", 1)] if params else []))
    with pytest.raises(OperationFailed, match=says):
        await h.operate(V201, "remote-stop", params)


@both_versions
@pytest.mark.parametrize(
    ("params", "sent"),
    [
        ({"requestedMessage": "MeterValues"}, {"requestedMessage": "MeterValues"}),
        ({"requestedMessage": "MeterValues", "evseId": 1}, {"requestedMessage": "MeterValues", "evse": {"id": 1}}),
        (
            {"requestedMessage": "StatusNotification", "evseId": 1, "connectorId": 1},
            {"requestedMessage": "StatusNotification", "evse": {"id": 1, "connectorId": 1}},
        ),
    ],
)
async def test_a_message_is_triggered(h, version, params, sent):
    session = h.session(version)
    session.replies["TriggerMessage"] = Reply.result({"status": "NotImplemented"})
    assert await h.operate(version, "trigger", params) == {"status": "NotImplemented"}
    assert session.sent == [("TriggerMessage", sent)]


async def test_a_custom_trigger_is_one_of_2_1(h):
    params = {"requestedMessage": "CustomTrigger", "customTrigger": "example"}
    await h.operate(V21, "trigger", params)
    assert h.session(V21).sent == [("TriggerMessage", params)]
    with pytest.raises(OperationFailed, match=r"2\.1"):
        await h.operate(V201, "trigger", params)


@both_versions
async def test_a_connector_is_unlocked(h, version):
    session = h.session(version)
    session.replies["UnlockConnector"] = Reply.result({"status": "Unlocked"})
    assert await h.operate(version, "unlock", {"evseId": 2}) == {"status": "Unlocked"}
    assert session.sent == [("UnlockConnector", {"evseId": 2, "connectorId": 1})]


@both_versions
async def test_every_call_of_the_block_is_owned(h, version):
    owned = {(action.name, str(action.direction)) for action in h.plugins.actions() if action.version == version}
    assert owned == {
        (name, "to_station")
        for name in ("RequestStartTransaction", "RequestStopTransaction", "TriggerMessage", "UnlockConnector")
    }
