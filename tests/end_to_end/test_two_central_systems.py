"""Two central systems of the `ocpp` package at once: one answers, the other watches, each in a session of its own."""

import asyncio
import base64
import json

import ocpp.v16
import ocpp.v21
import ocpp.v201
import pytest
from aiohttp import ClientSession
from e2e_kit import (
    KNOWN,
    PASSWORD,
    Csms,
    FromCsms,
    FromOperator,
    assert_relayed,
    document,
    listener,
    plugged_in,
    running,
    until,
)  # fmt: skip
from package_peers import NOW, PEERS, ask, handling


@handling(ocpp.v16.call_result, StartTransaction={"transaction_id": 31, "id_tag_info": {"status": "Accepted"}})
class Second16(PEERS["ocpp1.6"][1]):
    """A central system with transactionIds of its own."""


SECONDS = {"ocpp1.6": Second16, "ocpp2.0.1": PEERS["ocpp2.0.1"][1], "ocpp2.1": PEERS["ocpp2.1"][1]}


def both(main, second, **more):
    upstreams = {**main.upstream(), "second": second.upstream()["main"]}
    route = {
        "match": {}, "primary": "main", "grants": "all",
        "secondaries": [{"upstream": "second", "commands": ["TriggerMessage"]}],
    }  # fmt: skip
    return document(
        listener(1), upstreams=upstreams, routes=[route], stations={"unknown": "reject", "known": [KNOWN]}, **more
    )


def story(calls):
    return [(said.action, json.loads(said.payload)) for said in calls]


def in_its_own_ids(version, told):
    """What the second one must have been told where the station said `told`."""
    told = [(action, payload) for action, payload in told if action not in {"Heartbeat", "NotifyReport"}]
    for _, payload in told:
        if version == "ocpp1.6" and "transactionId" in payload:
            payload["transactionId"] = 31
        payload.get("transactionInfo", {}).pop("remoteStartId", None)  # it was not the second one that asked for it
    return told


def sorted_by_way(version, told):
    """The messages that must be kept, and the others: each way has its order."""
    kept = {"TransactionEvent"} if version != "ocpp1.6" else {"StartTransaction", "StopTransaction", "MeterValues"}
    return [one for one in told if one[0] in kept], [one for one in told if one[0] not in kept]


@pytest.mark.parametrize("version", PEERS)
@pytest.mark.parametrize("commander", ["primary", "operator"])
async def test_both_see_a_whole_transaction_each_in_its_own_ids(tmp_path, version, commander):
    make_station, make_main, transaction = PEERS[version]
    async with (
        Csms(make_main, version) as main,
        Csms(SECONDS[version], version) as second,
        running(tmp_path, both(main, second)) as broker,
        plugged_in(make_station, broker, version, 1) as station,
        ClientSession() as client,
    ):
        here, there = await main.station(), await second.station()
        await transaction(station, FromCsms(here) if commander == "primary" else FromOperator(broker, client))
        if commander == "primary":
            assert_relayed(station._connection, here._connection)
        expected = in_its_own_ids(version, story(station._connection.said(sent=True)))
        await until(lambda: [len(call.replies) for call in heard(there)] == [1] * len(expected))
        assert sorted_by_way(version, story(heard(there))) == sorted_by_way(version, expected)
        assert there._connection.said(sent=True) == [], "nothing but answers"
        assert [frame for mine, frame in there._connection.frames if not mine and not frame.startswith("[2,")] == []


def heard(end):
    return end._connection.said(sent=False)


@pytest.mark.parametrize("version", PEERS)
async def test_no_message_id_is_on_two_connections_and_no_password_goes_upstream(tmp_path, version):
    make_station, make_main, _ = PEERS[version]
    async with (
        Csms(make_main, version) as main,
        Csms(SECONDS[version], version) as second,
        running(tmp_path, both(main, second)) as broker,
        plugged_in(make_station, broker, version, 1) as station,
    ):
        here, there = await main.station(), await second.station()
        await ask(station, station._call.Heartbeat())
        await asyncio.gather(*(FromCsms(end)("TriggerMessage", TRIGGER) for end in (here, there)))
        status = {"connector_id": 1, "timestamp": NOW}
        more = {"error_code": "NoError", "status": "Available"} if version == "ocpp1.6" else NEWER_STATUS
        await ask(station, station._call.StatusNotification(**status, **more))
        await until(lambda: len(heard(there)) >= 1)
        used = [{call.id for sent in (True, False) for call in end._connection.said(sent=sent)}
                for end in (station, here, there)]  # fmt: skip
        assert [len(ids) for ids in used] == [4, 3, 2]
        assert len(set().union(*used)) == 9
        for request, _ in main.handshakes + second.handshakes:
            told = " ".join(f"{name} {value}" for name, value in request.headers.raw_items()) + request.path
            assert "Authorization" not in request.headers
            assert PASSWORD not in told
            assert base64.b64encode(PASSWORD.encode()).decode() not in told


TRIGGER = {"requestedMessage": "Heartbeat"}
NEWER_STATUS = {"connector_status": "Available", "evse_id": 1}


@pytest.mark.parametrize("version", PEERS)
async def test_both_may_command_at_once_and_each_gets_the_answer_to_its_own(tmp_path, version):
    make_station, make_main, _ = PEERS[version]
    async with (
        Csms(make_main, version) as main,
        Csms(SECONDS[version], version) as second,
        running(tmp_path, both(main, second)) as broker,
        plugged_in(make_station, broker, version, 1) as station,
    ):
        here, there = await main.station(), await second.station()
        await ask(station, station._call.Heartbeat())
        action, payload, part = READ[version]
        told, denied = await asyncio.gather(FromCsms(here)(action, payload), FromCsms(there)(*FORBIDDEN[version]))
        assert told[part]
        assert denied == {"status": "Rejected"}
        for _ in range(3):
            both_told = await asyncio.gather(*(FromCsms(end)("TriggerMessage", TRIGGER) for end in (here, there)))
            assert both_told == [{"status": "Accepted"}] * 2
        assert [station.asked.get_nowait()[0] for _ in range(6)] == ["TriggerMessage"] * 6
        assert station.asked.empty(), "what is refused does not reach it"


VARIABLE = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
READ = {
    "ocpp1.6": ("GetConfiguration", {"key": ["HeartbeatInterval"]}, "configurationKey"),
    "ocpp2.0.1": ("GetVariables", {"getVariableData": [VARIABLE]}, "getVariableResult"),
    "ocpp2.1": ("GetVariables", {"getVariableData": [VARIABLE]}, "getVariableResult"),
}
FORBIDDEN = dict.fromkeys(PEERS, ("ClearCache", {}))
