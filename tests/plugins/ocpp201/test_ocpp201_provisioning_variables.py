"""get-variables and set-variables."""

import pytest
from ocpp201_provisioning_kit import V21, V201, asked, item, kept, provisioning, report, results

from broker.api import Call, CallTimeout, Reply, StationRefused, Version

GET, SET = "get-variables", "set-variables"
FIVE = [f"A.V{number}" for number in range(5)]


def named(text):
    component, _, variable = text.partition(".")
    return {"component": {"name": component}, "variable": {"name": variable}}


async def limited(h, **limits):
    """The station has told how much it takes: `ItemsPerMessage_GetVariables=2`."""
    await asked(h, 1)
    items = []
    for name, value in limits.items():
        variable, _, instance = name.partition("_")
        one = item("DeviceDataCtrlr", variable, str(value))
        one["variable"]["instance"] = instance
        items.append(one)
    await report(h, 1, items)
    h.session(V201).sent.clear()


def sizes(h, member, version=V201):
    return [len(payload[member]) for _, payload in h.session(version).sent]


@pytest.mark.parametrize("version", [V201, V21])
async def test_one_variable_is_read(version):
    """Certification, B_06: Actual is not named."""
    async with provisioning(version=version) as h:
        h.session(version).replies["GetVariables"] = results("get", attributeValue="60")
        found = await h.operate(version, GET, {"variable": "OCPPCommCtrlr.OfflineThreshold"})
        one = named("OCPPCommCtrlr.OfflineThreshold")
        assert found == {"getVariableResult": [{**one, "attributeStatus": "Accepted", "attributeValue": "60"}]}
        assert h.session(version).sent == [("GetVariables", {"getVariableData": [one]})]


async def test_several_go_in_one_call_while_nothing_is_known_of_limits():
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = results("get", attributeValue="1")
        assert len((await h.operate(V201, GET, {"variable": FIVE}))["getVariableResult"]) == 5
        assert sizes(h, "getVariableData") == [5]


async def test_a_station_gets_no_more_at_once_than_it_takes():
    """Certification, C-45 and C-46."""
    async with provisioning() as h:
        await limited(
            h, ItemsPerMessage_GetVariables=2, ItemsPerMessage_SetVariables=3, BytesPerMessage_SetVariables=999
        )
        h.session(V201).replies |= {"GetVariables": results("get", attributeValue="1"), "SetVariables": results("set")}
        found = await h.operate(V201, GET, {"variable": FIVE})
        assert [one["variable"]["name"] for one in found["getVariableResult"]] == ["V0", "V1", "V2", "V3", "V4"]
        assert sizes(h, "getVariableData") == [2, 2, 1]
        h.session(V201).sent.clear()
        await h.operate(V201, SET, {"values": dict.fromkeys(FIVE, "1")})
        assert sizes(h, "setVariableData") == [3, 2]


async def test_frames_are_no_longer_than_the_station_takes():
    async with provisioning() as h:
        await limited(h, BytesPerMessage_SetVariables=600)
        h.session(V201).replies["SetVariables"] = results("set")
        await h.operate(V201, SET, {"values": dict.fromkeys(FIVE, "x" * 100)})
        assert sizes(h, "setVariableData") == [2, 2, 1]
        for action, payload in h.session(V201).sent:
            assert len(Call.of(action, payload, version=Version.V201).raw) + 60 <= 600


@pytest.mark.parametrize("code", ["OccurrenceConstraintViolation", "OccurenceConstraintViolation", "FormatViolation"])
async def test_what_was_too_much_is_halved(code):
    def at_most_two(payload):
        if len(payload["getVariableData"]) > 2:
            return Reply.error(code)
        return results("get", attributeValue="1")(payload)

    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = at_most_two
        found = await h.operate(V201, GET, {"variable": FIVE})
        assert [one["variable"]["name"] for one in found["getVariableResult"]] == ["V0", "V1", "V2", "V3", "V4"]
        assert sizes(h, "getVariableData") == [5, 2, 3, 1, 2]


async def test_an_error_to_the_smallest_call_is_told():
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = Reply.error("FormatViolation", "no")
        with pytest.raises(StationRefused, match="FormatViolation: no"):
            await h.operate(V201, GET, {"variable": FIVE})
        assert sizes(h, "getVariableData") == [5, 2, 1]


async def test_another_error_is_told_at_once():
    async with provisioning() as h:
        h.session(V201).replies["SetVariables"] = Reply.error("InternalError", "busy")
        with pytest.raises(StationRefused, match="busy"):
            await h.operate(V201, SET, {"values": dict.fromkeys(FIVE, "1")})
        assert sizes(h, "setVariableData") == [5]


def silent(payload):
    raise CallTimeout("no answer in 30 s")


@pytest.mark.parametrize(("end", "text"), [(silent, "no answer"), (Reply.error("InternalError", "busy"), "busy")])
async def test_what_was_done_before_a_failure_is_not_lost(end, text):
    def first_two(payload):
        if payload["setVariableData"][0]["variable"]["name"] != "V0":
            return end(payload) if callable(end) else end
        return results("set")(payload)

    async with provisioning() as h:
        await limited(h, ItemsPerMessage_SetVariables=2)
        h.session(V201).replies["SetVariables"] = first_two
        found = await h.operate(V201, SET, {"values": dict.fromkeys(FIVE, "1")})
        assert len(found["setVariableResult"]) == 2
        assert text in found["failed"]
        assert found["notDone"] == ["A.V2", "A.V3", "A.V4"]
        assert {name: value for name, value in (await kept(h)).items() if name[0] == "A"} == {"A.V0": "1", "A.V1": "1"}


async def test_a_station_that_does_not_answer_is_told():
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = silent
        with pytest.raises(CallTimeout):
            await h.operate(V201, GET, {"variable": "A.B"})


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "RebootRequired", "UnknownVariable"])
async def test_what_the_station_says_of_a_value_is_the_result(status):
    """Certification, B_09."""
    async with provisioning() as h:
        h.session(V201).replies["SetVariables"] = results("set", status)
        found = await h.operate(V201, SET, {"variable": "OCPPCommCtrlr.OfflineThreshold", "value": 123})
        one = named("OCPPCommCtrlr.OfflineThreshold")
        assert found == {"setVariableResult": [{**one, "attributeStatus": status}]}
        assert h.session(V201).sent == [("SetVariables", {"setVariableData": [{**one, "attributeValue": "123"}]})]


async def test_a_network_configuration_is_made_by_its_variables():
    """Certification, B_105."""
    async with provisioning(version=V21) as h:
        h.session(V21).replies["SetVariables"] = results("set")
        values = {"NetworkConfiguration#2.OcppCsmsUrl": "wss://csms", "NetworkConfiguration#2.SecurityProfile": 2}
        await h.operate(V21, SET, {"values": values})
        ((_, payload),) = h.session(V21).sent
        slot = {"name": "NetworkConfiguration", "instance": "2"}
        assert payload["setVariableData"] == [
            {"component": slot, "variable": {"name": "OcppCsmsUrl"}, "attributeValue": "wss://csms"},
            {"component": slot, "variable": {"name": "SecurityProfile"}, "attributeValue": "2"},
        ]


async def test_the_value_of_a_secret_is_not_shown():
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = results("get", attributeValue="canary")
        found = await h.operate(V201, GET, {"variable": "SecurityCtrlr.BasicAuthPassword"})
        assert found["getVariableResult"][0]["attributeStatus"] == "Accepted"
        assert "canary" not in str(found)


@pytest.mark.parametrize("answer", [{}, {"getVariableResult": "x"}, {"getVariableResult": [5, None]}])
async def test_an_answer_of_any_shape_is_shown(answer):
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = Reply.result(answer)
        found = await h.operate(V201, GET, {"variable": "A.B"})
        assert set(found) == {"getVariableResult"}


async def test_names_of_another_case_know_the_limits():
    async with provisioning() as h:
        await limited(h, itemspermessage_GETVARIABLES=1)
        h.session(V201).replies["GetVariables"] = results("get", attributeValue="1")
        await h.operate(V201, GET, {"variable": FIVE[:2]})
        assert sizes(h, "getVariableData") == [1, 1]
