"""What is kept of reports, and of variables that were read and set."""

import pytest
from ocpp201_provisioning_kit import (
    BOOT,
    CP,
    NOW_TEXT,
    V21,
    V201,
    asked,
    item,
    kept,
    plugin,
    provisioning,
    report,
    results,
    row_of,
    said,
)

from broker.api import Direction, Reply, StoreFailed

TO = Direction.TO_STATION


def data(*names, **more):
    return [
        {"component": {"name": component}, "variable": {"name": variable}, **more}
        for component, variable in (name.split(".") for name in names)
    ]


async def read(h, *names, version=V201):
    return await h.session(version).call("GetVariables", {"getVariableData": data(*names)})


async def write(h, *names, value, version=V201):
    return await h.session(version).call("SetVariables", {"setVariableData": data(*names, attributeValue=value)})


@pytest.mark.parametrize("version", [V201, V21])
async def test_a_report_is_kept_with_all_that_it_says(version):
    async with provisioning(version=version) as h:
        await asked(h, 1, version=version)
        said_of = {"dataType": "string", "supportsMonitoring": False}
        connector = item("Connector", "Type", "cType2", evse={"id": 1, "connectorId": 2}, mutability="ReadOnly",
                         characteristics=said_of)  # fmt: skip
        await report(h, 1, [item("TxCtrlr", "TxStartPoint", "Authorized")], tbc=True, version=version)
        await report(h, 1, [connector], seq=1, version=version)
        assert await kept(h) == {"TxCtrlr.TxStartPoint": "Authorized", "Connector@1.2.Type": "cType2"}
        row = await row_of(h, "Connector@1.2", "Type")
        assert (row.readonly, row.details) == (True, {"mutability": "ReadOnly", "characteristics": said_of})


async def test_a_complete_inventory_replaces_what_is_gone():
    async with provisioning() as h:
        await asked(h, 1)
        await report(h, 1, [item("A", "One", "1"), item("A", "Two", "2")])
        await asked(h, 2)
        await report(h, 2, [item("B", "Three", "3")], seq=1)
        assert await kept(h) == {"A.One": "1", "A.Two": "2"}, "a part is missing"
        await report(h, 2, [item("A", "Two", "2")], tbc=True)
        assert await kept(h) == {"A.Two": "2", "B.Three": "3"}


@pytest.mark.parametrize("base", ["ConfigurationInventory", "SummaryInventory"])
async def test_a_part_of_the_device_model_replaces_nothing(base):
    async with provisioning() as h:
        await asked(h, 1)
        await report(h, 1, [item("A", "One", "1")])
        await asked(h, 2, base)
        await report(h, 2, [item("A", "Two", "2")])
        await report(h, 99, [item("A", "Three", "3")])
        assert set(await kept(h)) == {"A.One", "A.Two", "A.Three"}
        assert await h.records.documents.of("ocpp201.provisioning", CP) == {
            "inventory": {"at": NOW_TEXT, "firmware": "", "variables": 1}
        }


async def test_an_inventory_of_nothing_empties_nothing():
    async with provisioning() as h:
        await asked(h, 1)
        await report(h, 1, [item("A", "One", "1")])
        await asked(h, 2)
        await h.call(V201, "NotifyReport", {"requestId": 2, "generatedAt": NOW_TEXT, "seqNo": 0})
        assert set(await kept(h)) == {"A.One"}


async def test_it_is_noted_when_the_whole_model_was_read_and_of_which_firmware():
    async with provisioning() as h:
        await h.call(V201, "BootNotification", BOOT)
        await asked(h, 1)
        await report(h, 1, [item("A", "One", "1"), item("A", "Two", "1")])
        note = await h.records.documents.get("ocpp201.provisioning", CP, "inventory")
        assert note == {"at": NOW_TEXT, "firmware": "1.0", "variables": 2}


async def test_what_an_upstream_asks_for_is_kept_too():
    async with provisioning() as h:
        h.session(V201).answers = "csms"
        request = {"requestId": 7, "reportBase": "FullInventory"}
        await h.forward(V201, "GetBaseReport", request, direction=TO, origin="csms")
        await h.reply(V201, "GetBaseReport", request, said("Accepted"), direction=TO)
        told = {"requestId": 7, "generatedAt": NOW_TEXT, "seqNo": 0, "reportData": [item("A", "One", "1")]}
        await h.reply(V201, "NotifyReport", told, Reply.result({}))
        assert await kept(h) == {"A.One": "1"}


async def test_a_part_that_was_answered_with_an_error_will_come_again():
    async with provisioning() as h:
        told = {"requestId": 1, "generatedAt": NOW_TEXT, "seqNo": 0, "reportData": [item("A", "One", "1")]}
        await h.reply(V201, "NotifyReport", told, Reply.error("InternalError"))
        await plugin(h).models.flush_all()
        assert await kept(h) == {}


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"requestId": "x", "reportData": [item("A", "One", "1")]},
        {"requestId": [], "seqNo": {}, "tbc": "yes", "reportData": {}},
        {"requestId": 1, "seqNo": -5, "tbc": 1, "reportData": [None, 5, {}]},
        {"requestId": 10**30, "seqNo": 10**30, "reportData": "x"},
    ],
)
async def test_a_report_of_any_shape_is_answered(payload):
    async with provisioning() as h:
        assert (await h.call(V201, "NotifyReport", payload)).payload == {}
        await h.forward(V201, "GetBaseReport", {"requestId": payload.get("requestId")}, direction=TO, origin="csms")


async def test_values_that_were_read_are_kept():
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = results("get", attributeValue="60")
        await read(h, "OCPPCommCtrlr.OfflineThreshold", "TxCtrlr.Timeout")
        assert await kept(h) == {"OCPPCommCtrlr.OfflineThreshold": "60", "TxCtrlr.Timeout": "60"}


@pytest.mark.parametrize("status", ["UnknownComponent", "UnknownVariable", "NotSupportedAttributeType"])
async def test_what_the_station_does_not_know_is_not_kept_any_more(status):
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = results("get", attributeValue="60")
        await read(h, "A.One", "A.Two")
        h.session(V201).replies["GetVariables"] = results("get", status)
        await read(h, "A.One")
        assert set(await kept(h)) == {"A.Two"}


async def test_what_the_station_will_not_tell_stays_as_it_is_known():
    async with provisioning() as h:
        h.session(V201).replies["GetVariables"] = results("get", attributeValue="60")
        await read(h, "A.One")
        h.session(V201).replies["GetVariables"] = results("get", "Rejected")
        await read(h, "A.One")
        assert await kept(h) == {"A.One": "60"}


async def test_what_nobody_asked_for_is_not_kept():
    async with provisioning() as h:
        named = [{"attributeStatus": "Accepted", "attributeValue": "1", **one} for one in data("A.One", "B.Two")]
        h.session(V201).replies["GetVariables"] = Reply.result({"getVariableResult": named})
        await read(h, "A.One")
        assert set(await kept(h)) == {"A.One"}
        named = [{"attributeStatus": "Accepted", **one} for one in data("C.Three")]
        h.session(V201).replies["SetVariables"] = Reply.result({"setVariableResult": named})
        await write(h, "A.One", value="2")
        assert await kept(h) == {"A.One": "1"}


@pytest.mark.parametrize(
    ("status", "value"),
    [("Accepted", "2"), ("RebootRequired", "2"), ("Rejected", "1"), ("UnknownVariable", "1")],
)
async def test_what_was_set_is_kept_once_the_station_has_taken_it(status, value):
    async with provisioning() as h:
        h.session(V201).replies |= {
            "GetVariables": results("get", attributeValue="1"), "SetVariables": results("set", status),
        }  # fmt: skip
        await read(h, "A.One")
        await write(h, "A.One", value="2")
        assert await kept(h) == {"A.One": value}


async def test_an_attribute_is_kept_by_itself():
    async with provisioning() as h:
        h.session(V201).replies["SetVariables"] = results("set")
        payload = {"setVariableData": data("A.One", attributeValue="9", attributeType="Target")}
        await h.session(V201).call("SetVariables", payload)
        assert await kept(h) == {"A.One/Target": "9"}


async def test_the_value_of_a_secret_is_never_kept():
    async with provisioning() as h:
        h.session(V201).replies |= {
            "SetVariables": results("set"), "GetVariables": results("get", attributeValue="canary"),
        }  # fmt: skip
        await write(h, "SecurityCtrlr.BasicAuthPassword", "NetworkConfiguration.VpnKey", value="canary-canary-16")
        await read(h, "SecurityCtrlr.BasicAuthPassword")
        await asked(h, 1)
        await report(h, 1, [item("X", "AnyPassword", "canary"), item("X", "Y", "canary", mutability="WriteOnly")])
        rows = await h.records.variables.of(CP)
        assert len(rows) == 2
        assert "canary" not in repr(rows)


@pytest.mark.parametrize(
    "reply",
    [
        Reply.error("InternalError"),
        Reply.result({}),
        Reply.result({"getVariableResult": 5, "setVariableResult": {}}),
        Reply.result({"getVariableResult": [None, 5, {}], "setVariableResult": [{"component": {}}]}),
    ],
)
async def test_an_answer_of_any_shape_leaves_nothing(reply):
    async with provisioning() as h:
        h.session(V201).replies |= {"GetVariables": reply, "SetVariables": reply}
        await read(h, "A.One")
        await write(h, "A.One", value="1")
        assert await kept(h) == {}


async def test_a_note_that_cannot_be_made_hurts_nobody(monkeypatch):
    async def failed(*key):
        raise StoreFailed("the disk is gone")

    async with provisioning() as h:
        await asked(h, 1)
        with monkeypatch.context() as patch:
            patch.setattr(h.records.stations, "get", failed)
            await report(h, 1, [item("A", "One", "1")])
        assert await kept(h) == {"A.One": "1"}
