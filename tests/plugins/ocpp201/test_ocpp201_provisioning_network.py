"""How a station connects: its password, its network profiles, its security profile."""

import json
import logging

import pytest
from ocpp201_provisioning_kit import V21, V201, asked, item, kept, provisioning, report, results, said

from broker.api import CallTimeout, NotConnected, OperationFailed, Reply, StationRefused

PASSWORD, PROFILE, UPGRADE = "set-password", "set-network-profile", "upgrade-security-profile"
CANARY = "canary-canary-16"
URL = "wss://csms.example.com/ocpp"
URLS = {"csms_url": {"1": "ws://csms.example.com/ocpp", "2": URL, "3": URL}}


def sent_password(h, version=V201):
    (data,) = h.session(version).sent[-1][1]["setVariableData"]
    return data["attributeValue"]


# --- the password (A01) ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize("status", ["Accepted", "Rejected", "RebootRequired"])
async def test_a_password_is_made_and_shown_to_nobody(version, status):
    """Certification, A_09 and A_10."""
    async with provisioning(version=version) as h:
        h.session(version).replies["SetVariables"] = results("set", status)
        passwords = []
        for _ in range(2):
            assert await h.operate(version, PASSWORD) == {"status": status, "generated": True}
            passwords.append(sent_password(h, version))
        assert passwords[0] != passwords[1]
        assert [len(one) for one in passwords] == [40, 40]
        assert all(one.isascii() and one.isalnum() for one in passwords)
        (data,) = h.session(version).sent[0][1]["setVariableData"]
        assert data["component"] == {"name": "SecurityCtrlr"}
        assert data["variable"] == {"name": "BasicAuthPassword"}


async def test_a_password_that_is_given_is_sent_as_it_is():
    async with provisioning() as h:
        h.session(V201).replies["SetVariables"] = results("set")
        assert await h.operate(V201, PASSWORD, {"password": CANARY}) == {"status": "Accepted", "generated": False}
        assert sent_password(h) == CANARY


async def test_a_slot_of_2_1_has_a_password_of_its_own():
    async with provisioning(version=V21) as h:
        h.session(V21).replies["SetVariables"] = results("set")
        await h.operate(V21, PASSWORD, {"configurationSlot": 2})
        (data,) = h.session(V21).sent[0][1]["setVariableData"]
        assert data["component"] == {"name": "NetworkConfiguration", "instance": "2"}
    async with provisioning() as h:
        with pytest.raises(OperationFailed, match=r"of OCPP 2\.1"):
            await h.operate(V201, PASSWORD, {"configurationSlot": 2})


def quotes(payload):
    """A station that says what it does not like."""
    return Reply.error("PropertyConstraintViolation", json.dumps(payload), payload)


@pytest.mark.parametrize("answer", [results("set"), results("set", "Rejected"), quotes])
async def test_no_password_is_in_a_result_a_log_an_error_or_the_records(answer, caplog):
    data = {"ocppCsmsUrl": URL, "messageTimeout": 30, "ocppTransport": "JSON", "ocppInterface": "Any",
            "securityProfile": 2, "basicAuthPassword": CANARY}  # fmt: skip
    asked_for = [
        (PASSWORD, {}),
        (PASSWORD, {"password": CANARY}),
        (PROFILE, {"configurationSlot": 1, "basicAuthPassword": CANARY}),
        (PROFILE, {"configurationSlot": 1, "connectionData": data}),
    ]
    with caplog.at_level(logging.DEBUG):
        async with provisioning(version=V21, csms_url={"0": URL}) as h:
            network = quotes if answer is quotes else said("Accepted", statusInfo={"reasonCode": "x"})
            h.session(V21).replies |= {"SetVariables": answer, "SetNetworkProfile": network}
            shown = []
            for name, params in asked_for:
                try:
                    shown.append(json.dumps(await h.operate(V21, name, params)))
                except StationRefused as error:
                    shown.append(f"{error} {error.description} {error.details}")
            made = h.session(V21).sent[0][1]["setVariableData"][0]["attributeValue"]
            shown.append(repr(await h.records.variables.of("CP001")))
    assert len(shown) == 5
    for secret in (made, CANARY):
        assert secret not in " ".join([*shown, caplog.text])


@pytest.mark.parametrize("answer", [{}, {"setVariableResult": 5}, {"setVariableResult": [5]}])
async def test_an_answer_that_says_nothing_is_shown_as_such(answer):
    async with provisioning() as h:
        h.session(V201).replies["SetVariables"] = Reply.result(answer)
        assert await h.operate(V201, PASSWORD) == {"status": None, "generated": True}


# --- network profiles (B09) ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "Failed"])
async def test_a_slot_is_filled(status):
    """Certification, B_42 to B_44."""
    async with provisioning() as h:
        h.session(V201).security_profile = 1
        h.session(V201).replies["SetNetworkProfile"] = said(status)
        params = {
            "configurationSlot": 2,
            "ocppCsmsUrl": "ws://csms",
            "messageTimeout": 15,
            "ocppInterface": "Wireless0",
        }
        assert await h.operate(V201, PROFILE, params) == {"status": status, "configurationSlot": 2}
        data = {
            "ocppVersion": "OCPP20", "ocppTransport": "JSON", "ocppCsmsUrl": "ws://csms", "messageTimeout": 15,
            "securityProfile": 1, "ocppInterface": "Wireless0",
        }  # fmt: skip
        assert h.session(V201).sent == [("SetNetworkProfile", {"configurationSlot": 2, "connectionData": data})]


async def test_a_slot_of_2_1_has_an_identity_and_a_password():
    """Certification, B_100."""
    async with provisioning(version=V21, **URLS) as h:
        h.session(V21).replies["SetNetworkProfile"] = said("Rejected", statusInfo={"reasonCode": "InvalidValue"})
        params = {"configurationSlot": 2, "identity": "CP001", "basicAuthPassword": CANARY, "securityProfile": 2}
        found = await h.operate(V21, PROFILE, params)
        assert found == {"status": "Rejected", "configurationSlot": 2, "reasonCode": "InvalidValue"}
        data = h.session(V21).sent[0][1]["connectionData"]
        assert (data["identity"], data["basicAuthPassword"], data["ocppCsmsUrl"]) == ("CP001", CANARY, URL)


async def test_all_of_it_goes_as_it_was_given():
    async with provisioning() as h:
        h.session(V201).replies["SetNetworkProfile"] = said("Failed")
        data = {
            "ocppVersion": "OCPP12", "ocppTransport": "SOAP", "ocppCsmsUrl": "x", "messageTimeout": -1,
            "securityProfile": 9, "ocppInterface": "Wired3",
        }  # fmt: skip
        await h.operate(V201, PROFILE, {"configurationSlot": -1, "connectionData": data})
        assert h.session(V201).sent == [("SetNetworkProfile", {"configurationSlot": -1, "connectionData": data})]


@pytest.mark.parametrize("member", [{"identity": "CP001"}, {"basicAuthPassword": CANARY}])
async def test_an_identity_and_a_password_are_of_2_1(member):
    async with provisioning(**URLS) as h:
        with pytest.raises(OperationFailed, match=next(iter(member))):
            await h.operate(V201, PROFILE, {"configurationSlot": 1, "securityProfile": 2, **member})
        assert h.session(V201).sent == []


async def test_an_address_is_needed():
    async with provisioning() as h:
        with pytest.raises(OperationFailed, match="csms_url"):
            await h.operate(V201, PROFILE, {"configurationSlot": 1})


# --- the security profile (A05) --------------------------------------------------------------------------------------


async def knows(h, priority, *, active=None, values=None, version=V201):
    """The station has told its slots."""
    await asked(h, 1, version=version)
    characteristics = {
        "dataType": "SequenceList",
        "supportsMonitoring": False,
        **({"valuesList": values} if values else {}),
    }
    items = [item("OCPPCommCtrlr", "NetworkConfigurationPriority", priority, characteristics=characteristics)]
    if active is not None:
        items.append(item("OCPPCommCtrlr", "ActiveNetworkProfile", active))
    await report(h, 1, items, version=version)
    h.session(version).sent.clear()


def agrees(h, version=V201, **other):
    h.session(version).replies |= {
        "SetNetworkProfile": said("Accepted"), "SetVariables": results("set"), "Reset": said("Accepted"), **other,
    }  # fmt: skip


@pytest.mark.parametrize("version", [V201, V21])
@pytest.mark.parametrize("current", [1, 2])
async def test_the_next_profile_goes_into_a_free_slot_which_is_tried_first_after_a_reset(version, current):
    """Certification, A_19."""
    async with provisioning(version=version, **URLS) as h:
        session = h.session(version)
        session.security_profile = current
        await knows(h, "1", active="1", values="1,2,3", version=version)
        agrees(h, version)
        assert await h.operate(version, UPGRADE) == {
            "status": "Accepted", "configurationSlot": 2, "from": current, "securityProfile": current + 1,
            "setNetworkProfile": "Accepted", "priority": "2,1", "reset": "Accepted",
        }  # fmt: skip
        assert [action for action, _ in session.sent] == ["SetNetworkProfile", "SetVariables", "Reset"]
        profile, priority, reset = (payload for _, payload in session.sent)
        assert profile["configurationSlot"] == 2
        assert profile["connectionData"]["securityProfile"] == current + 1
        assert profile["connectionData"]["ocppCsmsUrl"] == URL
        assert priority["setVariableData"] == [
            {
                "component": {"name": "OCPPCommCtrlr"},
                "variable": {"name": "NetworkConfigurationPriority"},
                "attributeValue": "2,1",
            }
        ]
        assert reset == {"type": "OnIdle"}
        assert (await kept(h))["OCPPCommCtrlr.NetworkConfigurationPriority"] == "2,1"


async def test_where_nothing_is_known_the_station_is_asked():
    def reads(payload):
        values = {"NetworkConfigurationPriority": "0", "ActiveNetworkProfile": "0"}
        found = [
            {"attributeStatus": "Accepted", "attributeValue": values[one["variable"]["name"]], **one}
            for one in payload["getVariableData"]
        ]
        return Reply.result({"getVariableResult": found})

    async with provisioning(**URLS) as h:
        agrees(h, GetVariables=reads)
        found = await h.operate(V201, UPGRADE)
        assert (found["configurationSlot"], found["priority"], found["securityProfile"]) == (1, "1,0", 1)
        assert [action for action, _ in h.session(V201).sent] == [
            "GetVariables", "SetNetworkProfile", "SetVariables", "Reset",
        ]  # fmt: skip


async def test_what_is_given_is_not_asked_for():
    async with provisioning(**URLS) as h:
        agrees(h)
        params = {"configurationSlot": 5, "priority": "5", "reset": False, "profile": 2}
        found = await h.operate(V201, UPGRADE, params)
        assert (found["configurationSlot"], found["priority"], found["securityProfile"]) == (5, "5", 2)
        assert [action for action, _ in h.session(V201).sent] == ["SetNetworkProfile", "SetVariables"]


async def test_a_slot_that_is_given_is_put_before_those_that_are_known():
    async with provisioning(**URLS) as h:
        await knows(h, "1,2")
        agrees(h)
        found = await h.operate(V201, UPGRADE, {"configurationSlot": 2})
        assert (found["configurationSlot"], found["priority"]) == (2, "2,1")


async def test_a_priority_that_is_given_is_set_as_it_is():
    async with provisioning(**URLS) as h:
        await knows(h, "1", values="1,2")
        agrees(h)
        found = await h.operate(V201, UPGRADE, {"priority": "2"})
        assert (found["configurationSlot"], found["priority"]) == (2, "2")


async def test_a_station_that_tells_no_slots_needs_an_operator():
    async with provisioning(**URLS) as h:
        agrees(h, GetVariables=results("get", "UnknownVariable"))
        with pytest.raises(OperationFailed, match="configurationSlot and priority"):
            await h.operate(V201, UPGRADE)
        assert [action for action, _ in h.session(V201).sent] == ["GetVariables"]


async def test_the_only_slot_is_not_written_over():
    async with provisioning(**URLS) as h:
        await knows(h, "1", active="1", values="1")
        agrees(h)
        with pytest.raises(OperationFailed, match="give a configurationSlot"):
            await h.operate(V201, UPGRADE)
        assert h.session(V201).sent == []


@pytest.mark.parametrize("status", ["Rejected", "Failed"])
async def test_a_profile_that_is_not_taken_is_followed_by_nothing(status):
    async with provisioning(**URLS) as h:
        await knows(h, "1")
        agrees(h, SetNetworkProfile=said(status))
        found = await h.operate(V201, UPGRADE)
        assert found == {"status": status, "configurationSlot": 2, "from": 0, "securityProfile": 1}
        assert [action for action, _ in h.session(V201).sent] == ["SetNetworkProfile"]


@pytest.mark.parametrize("status", ["Rejected", "UnknownVariable"])
async def test_a_priority_that_is_not_taken_is_followed_by_no_reset(status):
    async with provisioning(**URLS) as h:
        await knows(h, "1")
        agrees(h, SetVariables=results("set", status))
        found = await h.operate(V201, UPGRADE)
        assert (found["status"], found["setNetworkProfile"]) == (status, "Accepted")
        assert [action for action, _ in h.session(V201).sent] == ["SetNetworkProfile", "SetVariables"]


async def test_a_reboot_that_is_required_is_made():
    async with provisioning(**URLS) as h:
        await knows(h, "1")
        agrees(h, SetVariables=results("set", "RebootRequired"))
        assert (await h.operate(V201, UPGRADE, {"type": "Immediate"}))["reset"] == "Accepted"
        assert h.session(V201).sent[-1] == ("Reset", {"type": "Immediate"})


def gone(payload):
    raise NotConnected("CP001 left before it answered")


def late(payload):
    raise CallTimeout("no answer in 30 s")


@pytest.mark.parametrize(
    ("answer", "text"),
    [(gone, "left before"), (late, "no answer"), (Reply.error("InternalError", "busy"), "InternalError: busy")],
)
async def test_a_reset_that_goes_wrong_is_told_beside_the_change_that_was_made(answer, text):
    async with provisioning(**URLS) as h:
        await knows(h, "1")
        agrees(h, Reset=answer)
        found = await h.operate(V201, UPGRADE)
        assert found["status"] == "Accepted"
        assert text in found["resetFailed"]
        assert "reset" not in found


@pytest.mark.parametrize(
    ("current", "params"), [(3, {}), (3, {"profile": 3}), (2, {"profile": 1}), (2, {"profile": 2})]
)
async def test_a_profile_is_never_lowered(current, params):
    async with provisioning(**URLS) as h:
        h.session(V201).security_profile = current
        with pytest.raises(OperationFailed, match=f"security profile {current}"):
            await h.operate(V201, UPGRADE, params)
        assert h.session(V201).sent == []


async def test_a_higher_profile_needs_tls():
    async with provisioning() as h:
        h.session(V201).security_profile = 1
        with pytest.raises(OperationFailed, match="does not go with"):
            await h.operate(V201, UPGRADE, {"ocppCsmsUrl": "ws://csms"})
        assert h.session(V201).sent == []
