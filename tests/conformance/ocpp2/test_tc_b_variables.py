"""B, provisioning: variables, network profiles, the subprotocol."""

import pytest
from cases201 import case201
from device_kit import got, network_profile, reported, set_with, variable_of
from story2_kit import booted, variable

OFFLINE = variable_of("OCPPCommCtrlr", "OfflineThreshold")
REMOTE = variable_of("AuthCtrlr", "AuthorizeRemoteStart")
VALUES = {("OCPPCommCtrlr", "OfflineThreshold"): "60", ("AuthCtrlr", "AuthorizeRemoteStart"): "true"}
BOTH = ["OCPPCommCtrlr.OfflineThreshold", "AuthCtrlr.AuthorizeRemoteStart"]


def values_in(told, member="attributeValue"):
    """What the operator is told, by variable."""
    [results] = told.values()
    return {one["variable"]["name"]: one[member] for one in results}


@case201("B_06", "GetVariables: OCPPCommCtrlr.OfflineThreshold alone; its value to the operator and in the book")
async def test_tc_b_06_get_one_variable(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetVariables", got(VALUES))
        told = await lab.do("get-variables", variable="OCPPCommCtrlr.OfflineThreshold")
        assert await asked == {"getVariableData": [OFFLINE]}
        assert values_in(told) == {"OfflineThreshold": "60"}
        assert await variable(lab, "OCPPCommCtrlr", "OfflineThreshold") == "60"


async def limited(lab, station, action, items):
    """The station has told how many items it takes in one message."""
    part = {"reportData": [reported("DeviceDataCtrlr", "ItemsPerMessage", items, instance=action)]}

    async def report(payload):
        await station.in_parts("NotifyReport", [part], request_id=payload["requestId"])

    station.answers("GetBaseReport", {"status": "Accepted"}, report)
    assert (await lab.do("get-base-report"))["complete"]
    await station.done()


@case201("B_07", "Two variables in one GetVariables; where ItemsPerMessage is 1, in two of them, told as one")
async def test_tc_b_07_get_several_variables(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("GetVariables", got(VALUES))
        told = await lab.do("get-variables", variable=BOTH)
        assert await asked == {"getVariableData": [OFFLINE, REMOTE]}
        assert values_in(told) == {"OfflineThreshold": "60", "AuthorizeRemoteStart": "true"}
        await limited(lab, station, "GetVariables", "1")
        first, second = station.expect("GetVariables", got(VALUES)), station.expect("GetVariables", got(VALUES))
        assert await lab.do("get-variables", variable=BOTH) == told
        assert await first == {"getVariableData": [OFFLINE]}
        assert await second == {"getVariableData": [REMOTE]}


@case201("B_09", "SetVariables: OCPPCommCtrlr.OfflineThreshold to the text 123; Accepted, in the book")
async def test_tc_b_09_set_one_variable(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetVariables", set_with())
        told = await lab.do("set-variables", variable="OCPPCommCtrlr.OfflineThreshold", value=123)
        assert await asked == {"setVariableData": [{"attributeValue": "123", **OFFLINE}]}
        assert values_in(told, "attributeStatus") == {"OfflineThreshold": "Accepted"}
        assert await variable(lab, "OCPPCommCtrlr", "OfflineThreshold") == "123"


@case201("B_10", "Two variables in one SetVariables, one Accepted, one Rejected; in two where ItemsPerMessage is 1")
async def test_tc_b_10_set_several_variables(lab):
    values = {"OCPPCommCtrlr.OfflineThreshold": "123", "AuthCtrlr.AuthorizeRemoteStart": "false"}
    wanted = [{"attributeValue": "123", **OFFLINE}, {"attributeValue": "false", **REMOTE}]
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetVariables", set_with(["Accepted", "Rejected"]))
        told = await lab.do("set-variables", values=values)
        assert await asked == {"setVariableData": wanted}
        assert values_in(told, "attributeStatus") == {
            "OfflineThreshold": "Accepted", "AuthorizeRemoteStart": "Rejected",
        }  # fmt: skip
        assert await variable(lab, "AuthCtrlr", "AuthorizeRemoteStart") is None
        await limited(lab, station, "SetVariables", "1")
        calls = [station.expect("SetVariables", set_with()) for _ in wanted]
        await lab.do("set-variables", values=values)
        assert [await one for one in calls] == [{"setVariableData": [one]} for one in wanted]


async def by_operation(lab, slot, data):
    """Member by member, as an operator gives them."""
    members = {name: value for name, value in data.items() if name not in ("ocppVersion", "ocppTransport")}
    return (await lab.do("set-network-profile", configurationSlot=slot, **members))["status"]


async def by_call(lab, slot, data):
    """As OCPP writes it."""
    return (await lab.call("SetNetworkProfile", {"configurationSlot": slot, "connectionData": data}))["status"]


async def network_profile_sent(lab, answer, button):
    data = network_profile(lab, lab.transport)
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetNetworkProfile", {"status": answer})
        assert await button(lab, 3, data) == answer
        assert await asked == {"configurationSlot": 3, "connectionData": data}
    async with lab.station() as station:
        await booted(station)


@pytest.mark.parametrize("button", [by_operation, by_call])
@case201("B_42", "SetNetworkProfile: slot and all of connectionData as the operator gives them; Accepted", over=(1, 2))
async def test_tc_b_42_set_network_profile(lab, button):
    await network_profile_sent(lab, "Accepted", button)


@pytest.mark.parametrize("button", [by_operation, by_call])
@case201("B_44", "SetNetworkProfile: Failed is told to the operator, and the station goes on as before", over=(1, 2))
async def test_tc_b_44_set_network_profile_failed(lab, button):
    await network_profile_sent(lab, "Failed", button)


@case201("B_58", "`ocpp0.1` alone is an HTTP error and no upgrade; with the right one beside it exactly that is echoed")
async def test_tc_b_58_subprotocol_validation(lab):
    response = await lab.knocks(subprotocols=["ocpp0.1"])
    assert 400 <= response.status_code < 500
    for header in ("Upgrade", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"):
        assert header not in response.headers
    response = await lab.knocks(subprotocols=["ocpp0.1", lab.version])
    assert response.status_code == 101
    assert response.headers.get_all("Sec-WebSocket-Protocol") == [lab.version]
    async with lab.station() as station:
        await booted(station)
        kept = await lab.records.stations.get(lab.identity)
        assert kept.version == lab.version
