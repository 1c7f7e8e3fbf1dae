"""B, provisioning of 2.1: resets after which a transaction goes on, network profiles with an identity and password."""

from cases21 import case21
from device_kit import network_profile, set_with
from story2_kit import Charge, booted, open_ids, statuses, variable

SLOT = 2
NEW_PASSWORD = "new-password-of-the-test-tool"
RESUMES = {"type": "ImmediateAndResume"}


async def reset_and_resume(lab, station):
    """The operator's reset is exactly that; the station is gone then."""
    asked = station.expect("Reset", {"status": "Accepted"})
    assert (await lab.do("reset", **RESUMES))["status"] == "Accepted"
    assert await asked == RESUMES


@case21("B_103", "Reset ImmediateAndResume; the boot Accepted; TxResumed answered: the same transaction to its end")
async def test_tc21_b_103_reset_with_ongoing_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        charge = await Charge(lab, station).charging()
        await reset_and_resume(lab, station)
        await charge.event("Updated", "ResetCommand", state="EVConnected")
        await station.loses_its_connection()
    await charge.runs()
    async with lab.station() as station:
        assert (await station.boots("RemoteReset"))["status"] == "Accepted"
        await station.connector("Occupied")
        await station.connector("Available", evse=2)
        charge.station = station
        assert "idTokenInfo" not in await charge.event("Updated", "TxResumed", state="EVConnected")
        await charge.event("Updated", "ChargingStateChanged", state="Charging")
        assert await open_ids(lab) == {charge.id}
        assert await statuses(lab) == {1: "Occupied", 2: "Available"}
        await charge.stop_authorized()
        await charge.ev_disconnected()
        await charge.is_over("EVDisconnected")


@case21("B_104", "Reset ImmediateAndResume without a transaction; the boot Accepted")
async def test_tc21_b_104_reset_without_transaction(lab):
    async with lab.station() as station:
        await booted(station)
        await reset_and_resume(lab, station)
        await station.loses_its_connection()
    async with lab.station() as station:
        await booted(station, reason="RemoteReset")
        assert await statuses(lab) == {1: "Available", 2: "Available"}
        assert await open_ids(lab) == set()


@case21(
    "B_100",
    "connectionData has identity and basicAuthPassword, all as configured; the new password counts",
    over=(1, 2),
)
async def test_tc21_b_100_network_profile_with_identity_and_password(lab):
    data = network_profile(lab, lab.transport, identity=lab.identity, basicAuthPassword=NEW_PASSWORD)
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetNetworkProfile", {"status": "Accepted"})
        members = {name: data[name] for name in data if name not in ("ocppVersion", "ocppTransport")}
        told = await lab.do("set-network-profile", configurationSlot=SLOT, **members)
        assert told["status"] == "Accepted"
        assert NEW_PASSWORD not in str(told)
        assert await asked == {"configurationSlot": SLOT, "connectionData": data}
    async with lab.station() as station:
        await booted(station)
    async with lab.station(password=NEW_PASSWORD) as station:
        await booted(station)
    assert (await lab.knocks()).status_code == 401, "the old password counts no more"


def of_profile(lab, data):
    """The variables of NetworkConfiguration that say what `data` says (part 2, 2.1.1)."""
    names = {
        "OcppCsmsUrl": data["ocppCsmsUrl"],
        "OcppInterface": data["ocppInterface"],
        "OcppTransport": data["ocppTransport"],
        "MessageTimeout": str(data["messageTimeout"]),
        "SecurityProfile": str(data["securityProfile"]),
        "Identity": lab.identity,
        "BasicAuthPassword": NEW_PASSWORD,
    }
    return [
        {
            "component": {"name": "NetworkConfiguration", "instance": str(SLOT)},
            "variable": {"name": name},
            "attributeValue": value,
        }
        for name, value in names.items()
    ]


@case21("B_105", "SetVariables of NetworkConfiguration, then its priority, then a reset; the new password counts")
async def test_tc21_b_105_network_configuration_by_device_model(lab):
    data = of_profile(lab, network_profile(lab, lab.transport))
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("SetVariables", set_with())
        told = await lab.do("set-variables", setVariableData=data)
        assert [one["attributeStatus"] for one in told["setVariableResult"]] == ["Accepted"] * len(data)
        assert await asked == {"setVariableData": data}
        asked = station.expect("SetVariables", set_with("RebootRequired"))
        await lab.do("set-variables", variable="OCPPCommCtrlr.NetworkConfigurationPriority", value=f"{SLOT},1")
        [priority] = (await asked)["setVariableData"]
        assert priority == {
            "component": {"name": "OCPPCommCtrlr"},
            "variable": {"name": "NetworkConfigurationPriority"},
            "attributeValue": f"{SLOT},1",
        }
        asked = station.expect("Reset", {"status": "Accepted"})
        await lab.do("reset", type="OnIdle")
        assert await asked == {"type": "OnIdle"}
        kept = {name: await variable(lab, f"NetworkConfiguration#{SLOT}", name) for name in ("OcppCsmsUrl", "Identity")}
        assert kept == {"OcppCsmsUrl": "ws://csms.example.org/ocpp", "Identity": lab.identity}
        assert await variable(lab, f"NetworkConfiguration#{SLOT}", "BasicAuthPassword") in (None, "**********")
        await station.loses_its_connection()
    async with lab.station(password=NEW_PASSWORD) as station:
        await booted(station, reason="RemoteReset")
    assert (await lab.knocks()).status_code == 401, "the old password counts no more"
