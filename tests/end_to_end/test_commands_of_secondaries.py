"""What an upstream may command a station, who gets the answer and the report, and whose id is whose."""

import asyncio
import itertools

import pytest
from e2e_kit import Refused, basic, listener, running, until, url_of
from raw_kit import refused
from watched_kit import ACCEPTED, NOW, Backend, Operator, behind, booted, station

RESERVE = {"expiryDate": NOW, "idTag": "T", "reservationId": 1, "connectorId": 1}
TRIGGER = ("TriggerMessage", {"requestedMessage": "Heartbeat"})
VARIABLE = {"component": {"name": "C"}, "variable": {"name": "V"}}
#: Commands, and what their refusal is: a result, or the code of an error where the action has no word for it.
ASKED = {
    "ocpp1.6": [
        ("Reset", {"type": "Soft"}, {"status": "Rejected"}),
        ("UnlockConnector", {"connectorId": 1}, {"status": "UnlockFailed"}),
        ("ReserveNow", RESERVE, {"status": "Rejected"}),
        ("ClearChargingProfile", {}, {"status": "Unknown"}),
        ("GetLocalListVersion", {}, {"listVersion": -1}),
        ("GetConfiguration", {}, "NotSupported"),
        ("UpdateFirmware", {"location": "ftp://f", "retrieveDate": NOW}, "NotSupported"),
        (*TRIGGER, {"status": "Rejected"}),
    ],
    "ocpp2.0.1": [
        ("Reset", {"type": "Immediate"}, {"status": "Rejected"}),
        ("UnlockConnector", {"evseId": 1, "connectorId": 1}, {"status": "UnlockFailed"}),
        ("SetVariables", {"setVariableData": [{**VARIABLE, "attributeValue": "1"}]},
         {"setVariableResult": [{**VARIABLE, "attributeStatus": "Rejected"}]}),
        ("GetVariables", {"getVariableData": [VARIABLE]},
         {"getVariableResult": [{**VARIABLE, "attributeStatus": "Rejected"}]}),
        ("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"}, {"status": "Rejected"}),
        ("GetLocalListVersion", {}, "NotSupported"),
        (*TRIGGER, {"status": "Rejected"}),
    ],
}  # fmt: skip
TAKES = {"ocpp1.6": {"GetConfiguration": {}, "GetLocalListVersion": {"listVersion": 3}}, "ocpp2.0.1": {}}


async def told(end, action, payload, **more):
    """The result of a command, or the code of its error."""
    try:
        return await end.call(action, payload, **more)
    except Refused as error:
        return error.code


@pytest.mark.parametrize("version", ASKED)
@pytest.mark.parametrize("commands", ["none", ["TriggerMessage"]])
async def test_what_a_secondary_may_not_command_is_refused_in_the_words_of_the_action(tmp_path, version, commands):
    async with Backend("main") as main, Backend("second") as second:
        watching = {"upstream": "second", "commands": commands, "grants": "all"}
        async with (
            running(tmp_path, behind(main, second, route={"secondaries": [watching]})) as broker,
            station(url_of(broker, "A"), version, TriggerMessage=ACCEPTED) as end,
        ):
            await booted(end)
            there = await second.end("A")
            for action, payload, refusal in ASKED[version]:
                may = action in commands
                assert await told(there, action, payload) == (ACCEPTED if may else refusal), action
            assert end.asked == ([] if commands == "none" else [TRIGGER])


async def test_a_secondary_that_may_command_everything_does_and_still_needs_its_grants(tmp_path):
    answers = {"Reset": ACCEPTED, "UpdateFirmware": {}, "GetDiagnostics": {"fileName": "f"}}
    async with Backend("main") as main, Backend("second") as second:
        watching = {"upstream": "second", "commands": "all", "grants": ["logs"]}
        async with (
            running(tmp_path, behind(main, second, route={"secondaries": [watching]})) as broker,
            station(url_of(broker, "A"), **answers) as end,
        ):
            await booted(end)
            there = await second.end("A")
            assert await there.call("Reset", {"type": "Soft"}) == ACCEPTED
            assert await there.call("GetDiagnostics", {"location": "ftp://l"}) == {"fileName": "f"}
            assert await told(there, "UpdateFirmware", {"location": "ftp://f", "retrieveDate": NOW}) == "NotSupported"
            assert [action for action, _ in end.asked] == ["Reset", "GetDiagnostics"]


LOG = {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": "ftp://l"}}
CERTIFICATE = {"certificateType": "CSMSRootCertificate", "certificate": "PEM"}
CONNECTION = {
    "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "wss://other.example", "messageTimeout": 30,
    "securityProfile": 1, "ocppInterface": "Wired0",
}  # fmt: skip
#: What needs a grant: the word, the command, its refusal, and what the station says where it gets it.
GRANTED = {
    "ocpp1.6": [
        ("firmware", "UpdateFirmware", {"location": "ftp://f", "retrieveDate": NOW}, "NotSupported", {}),
        ("logs", "GetLog", LOG, {"status": "Rejected"}, ACCEPTED),
        ("certificates", "InstallCertificate",
         {**CERTIFICATE, "certificateType": "CentralSystemRootCertificate"}, {"status": "Rejected"}, ACCEPTED),
        ("network", "ChangeConfiguration", {"key": "centralsystemurl", "value": "ws://other.example"},
         {"status": "Rejected"}, ACCEPTED),
    ],
    "ocpp2.0.1": [
        ("firmware", "UpdateFirmware",
         {"requestId": 1, "firmware": {"location": "ftp://f", "retrieveDateTime": NOW}}, {"status": "Rejected"},
         ACCEPTED),
        ("logs", "GetLog", LOG, {"status": "Rejected"}, ACCEPTED),
        ("certificates", "InstallCertificate", CERTIFICATE, {"status": "Rejected"}, ACCEPTED),
        ("network", "SetNetworkProfile", {"configurationSlot": 1, "connectionData": CONNECTION},
         {"status": "Rejected"}, ACCEPTED),
    ],
}  # fmt: skip


@pytest.mark.parametrize("version", GRANTED)
@pytest.mark.parametrize("number", range(4))
async def test_the_primary_too_needs_a_grant_for_what_is_not_harmless(tmp_path, version, number):
    grant, action, payload, refusal, taken = GRANTED[version][number]
    others = [word for word, *_ in GRANTED[version] if word != grant]
    async with (
        Backend("main") as main,
        running(tmp_path, behind(main, route={"grants": others})) as broker,
        station(url_of(broker, "A"), version, **{action: taken}) as end,
    ):
        await booted(end)
        here = await main.end("A")
        assert await told(here, action, payload) == refusal
        assert end.asked == []
        await Operator(broker.admin_url).route("A", {"primary": "main", "grants": [grant]})
        assert await told(here, action, payload) == taken
        assert end.asked == [(action, payload)]


# --- the same ids everywhere ------------------------------------------------------------------------------------------


async def asks_api(operator, action, payload):
    status, body = await operator("POST", "stations/A/calls", {"action": action, "payload": payload})
    assert status == 200, body
    return body["result"]


async def test_two_upstreams_and_the_api_use_the_same_message_ids_at_once_and_each_gets_its_answer(tmp_path):
    def echo(payload):
        return {"status": "Accepted", "data": payload["data"] + "!"}

    async with Backend("main") as main, Backend("second") as second:
        watching = {"upstream": "second", "commands": ["DataTransfer"]}
        async with (
            running(tmp_path, behind(main, second, route={"secondaries": [watching]})) as broker,
            station(url_of(broker, "A"), DataTransfer=echo) as end,
        ):
            await booted(end)
            ends, operator = [await main.end("A"), await second.end("A")], Operator(broker.admin_url)
            for number in range(5):
                answers = await asyncio.gather(
                    *(one.call("DataTransfer", {"vendorId": "V", "data": one.name}, message_id=str(number))
                      for one in ends),
                    asks_api(operator, "DataTransfer", {"vendorId": "V", "data": "api"}),
                )  # fmt: skip
                assert [answer["data"] for answer in answers] == ["main!", "second!", "api!"]


async def test_a_report_of_many_parts_goes_to_whoever_asked_for_it_in_its_own_request_id(tmp_path):
    async with Backend("main") as main, Backend("second") as second:
        watching = {"upstream": "second", "commands": ["GetBaseReport"]}
        async with (
            running(tmp_path, behind(main, second, route={"secondaries": [watching]})) as broker,
            station(url_of(broker, "A"), "ocpp2.0.1", GetBaseReport=ACCEPTED) as end,
        ):
            await booted(end)
            ends, operator = [await main.end("A"), await second.end("A")], Operator(broker.admin_url)
            wish = {"requestId": 7, "reportBase": "FullInventory"}
            for number, one in enumerate(ends):  # one after the other, so that it is known which is whose
                assert await one.call("GetBaseReport", wish) == ACCEPTED
                await until(lambda number=number: len(end.asked) == number + 1)
            assert await asks_api(operator, "GetBaseReport", wish) == ACCEPTED
            requests = [payload["requestId"] for payload in end.of("GetBaseReport")]
            assert requests[0] == 7, "the first one keeps its number"
            assert len(set(requests)) == 3
            for part, request in itertools.product(range(3), requests):
                await end.call("NotifyReport", report(request, part))
            for one, request in zip(ends, requests, strict=False):
                await until(lambda one=one: len(one.of("NotifyReport")) == 3)
                assert one.of("NotifyReport") == [{**report(request, part), "requestId": 7} for part in range(3)]


def report(request, part):
    about = [{**VARIABLE, "variableAttribute": [{"value": f"{request} {part}"}]}]
    return {"requestId": request, "generatedAt": NOW, "seqNo": part, "tbc": part < 2, "reportData": about}


async def test_a_report_goes_on_to_whoever_asked_after_the_broker_was_started_again(tmp_path):
    async with Backend("main") as main, Backend("second") as second:
        settings = behind(main, second, route={"secondaries": [{"upstream": "second", "commands": "all"}]})
        for number in (0, 1):
            async with (
                running(tmp_path, settings) as broker,
                station(url_of(broker, "A"), "ocpp2.0.1", GetBaseReport=ACCEPTED) as end,
            ):
                await booted(end)
                ends = [await main.end("A", number + 1), await second.end("A", number + 1)]
                if number == 0:
                    for one in ends:
                        await one.call("GetBaseReport", {"requestId": 7, "reportBase": "FullInventory"})
                    requests = [payload["requestId"] for payload in end.of("GetBaseReport")]
                else:
                    for request in requests:
                        await end.call("NotifyReport", report(request, 2))
                    for one, request in zip(ends, requests, strict=True):
                        await until(lambda one=one: one.of("NotifyReport"))
                        assert one.of("NotifyReport") == [{**report(request, 2), "requestId": 7}]


# --- credentials that pass by -----------------------------------------------------------------------------------------

OLD, NEW = "the-old-password", "the-new-password-of-it"
PASSWORD = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
SETS = {
    "ocpp1.6": ("ChangeConfiguration", {"key": "AuthorizationKey", "value": NEW}, {"status": "Rejected"}, ACCEPTED),
    "ocpp2.0.1": ("SetVariables", {"setVariableData": [{**PASSWORD, "attributeValue": NEW}]},
                  {"setVariableResult": [{**PASSWORD, "attributeStatus": "Rejected"}]},
                  {"setVariableResult": [{**PASSWORD, "attributeStatus": "Accepted"}]}),
}  # fmt: skip


def with_password(*backends, **route):
    known = [{"identity": "A", "password": OLD}]
    return behind(*backends, listeners=[listener(1)], stations={"unknown": "reject", "known": known}, route=route)


@pytest.mark.parametrize("version", SETS)
@pytest.mark.parametrize("credentials", ["deny", "adopt"])
async def test_a_new_password_is_refused_or_adopted_and_the_station_comes_back_with_it(tmp_path, version, credentials):
    action, payload, refusal, taken = SETS[version]
    adopts = credentials == "adopt"
    async with Backend("main") as main, Backend("second") as second:
        watching = [{"upstream": "second", "commands": "all", "grants": "all"}]
        settings = with_password(main, second, secondaries=watching, grants="all", credentials=credentials)
        async with running(tmp_path, settings) as broker:
            url = url_of(broker, "A")
            async with station(url, version, headers=login(OLD), **{action: taken}) as end:
                await booted(end)
                assert await told(await second.end("A"), action, payload) == refusal, "never a secondary"
                assert await told(await main.end("A"), action, payload) == (taken if adopts else refusal)
                assert end.asked == ([(action, payload)] if adopts else [])
            assert await knocks(url, version, OLD) == 101, "it may not have stored it yet"
            assert await knocks(url, version, NEW) == (101 if adopts else 401)
            assert await knocks(url, version, OLD) == (401 if adopts else 101)
        async with running(tmp_path, settings) as broker:
            assert await knocks(url_of(broker, "A"), version, NEW if adopts else OLD) == 101
            assert await knocks(url_of(broker, "A"), version, OLD if adopts else NEW) == 401


async def test_a_password_that_the_station_does_not_take_is_not_adopted(tmp_path):
    action, payload, refusal, _ = SETS["ocpp1.6"]
    async with Backend("main") as main, running(tmp_path, with_password(main, credentials="adopt")) as broker:
        url = url_of(broker, "A")
        async with station(url, headers=login(OLD), ChangeConfiguration={"status": "Rejected"}) as end:
            await booted(end)
            assert await told(await main.end("A"), action, payload) == refusal
        assert await knocks(url, "ocpp1.6", NEW) == 401
        assert await knocks(url, "ocpp1.6", OLD) == 101


async def test_a_password_that_an_operator_sets_is_adopted_too(tmp_path):
    action, payload, _, _ = SETS["ocpp1.6"]
    async with Backend("main") as main, running(tmp_path, with_password(main)) as broker:
        url = url_of(broker, "A")
        async with station(url, headers=login(OLD), ChangeConfiguration=ACCEPTED) as end:
            await booted(end)
            assert await asks_api(Operator(broker.admin_url), action, payload) == ACCEPTED
        assert await knocks(url, "ocpp1.6", NEW) == 101
        assert await knocks(url, "ocpp1.6", OLD) == 401


def login(password):
    return {"Authorization": basic("A", password)}


async def knocks(url, version, password):
    """The HTTP status that a station with this password gets."""
    return await refused(url, version, additional_headers=login(password))
