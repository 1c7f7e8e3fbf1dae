"""P, data transfer: vendors that nobody knows, and customData."""

import pytest
from cases201 import case201
from scripted_station_kit import now
from story2_kit import Charge, booted, statuses

CUSTOM = {"vendorId": "org.openchargealliance.test", "someNumber": 1, "some": {"more": ["of", "it"]}}


MEMBERS = [{}, {"messageId": "Unknown"}, {"messageId": "Unknown", "data": {"of": [1, "any"]}}]


@pytest.mark.parametrize("members", MEMBERS)
@case201("P_02", "DataTransfer of a vendor that nobody knows, with any data: UnknownVendorId, and no data")
async def test_tc_p_02_data_transfer_unknown(lab, members):
    async with lab.station() as station:
        await booted(station)
        told = await station.says("DataTransfer", vendorId="org.example.nobody", **members)
        assert told["status"] in ("UnknownVendorId", "UnknownMessageId", "Rejected")
        assert "data" not in told


@case201("P_03", "StatusNotification and TransactionEvent with customData, at the top and within, answered; kept")
async def test_tc_p_03_custom_data(lab):
    async with lab.station() as station:
        await booted(station)
        state = {"timestamp": now(), "connectorStatus": "Occupied", "evseId": 1, "connectorId": 1}
        await station.tells("StatusNotification", **state, customData=CUSTOM)
        assert (await statuses(lab))[1] == "Occupied"
        charge = Charge(lab, station)
        told = await charge.event(
            "Started", "CablePluggedIn", state="EVConnected", info={"customData": CUSTOM}, customData=CUSTOM
        )
        assert told == {}
        token = {**charge.token, "customData": CUSTOM}
        told = await charge.event("Updated", "Authorized", token=token, customData=CUSTOM)
        assert told["idTokenInfo"]["status"] == "Accepted"
        assert (await charge.runs()).token == charge.token["idToken"]
