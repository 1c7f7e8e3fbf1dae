"""B, provisioning: reports on a part of the device model."""

from cases201 import case201
from device_kit import reported, variable_of
from story2_kit import booted, variable

AVAILABLE = reported("EVSE", "AvailabilityState", "Available", evse=1, mutability="ReadOnly", kind="OptionList")
OFFLINE = reported("OCPPCommCtrlr", "OfflineThreshold", "60", kind="integer")
PLACE = variable_of("EVSE", "AvailabilityState", evse=1)


async def report(lab, station, action, operation, wanted, *parts, **params):
    """The action with `wanted`; without `parts` the station has nothing to tell."""

    async def tells(payload):
        told = [{"reportData": one} for one in parts]
        await station.in_parts("NotifyReport", told, request_id=payload["requestId"])

    if parts:
        asked = station.answers(action, {"status": "Accepted"}, tells)
    else:
        asked = station.expect(action, {"status": "EmptyResultSet"})
    told = await lab.do(operation, **params)
    payload = await asked
    number = payload.pop("requestId")
    assert number >= 0
    assert payload == wanted
    assert told == {
        "status": "Accepted" if parts else "EmptyResultSet",
        "requestId": number,
        "complete": True,
        "reportData": [one for part in parts for one in part],
    }


@case201("B_12", "reportBase ConfigurationInventory, requestId >= 0; both parts told to the operator, and in the book")
async def test_tc_b_12_configuration_inventory(lab):
    remote = reported("AuthCtrlr", "AuthorizeRemoteStart", "true", kind="boolean")
    wanted = {"reportBase": "ConfigurationInventory"}
    async with lab.station() as station:
        await booted(station)
        await report(lab, station, "GetBaseReport", "get-base-report", wanted, [OFFLINE], [remote], **wanted)
        assert await variable(lab, "OCPPCommCtrlr", "OfflineThreshold") == "60"
        assert await variable(lab, "AuthCtrlr", "AuthorizeRemoteStart") == "true"


@case201(
    "B_18",
    "componentCriteria [Problem] and EVSE 1 AvailabilityState: EmptyResultSet told; then [Available]: the report told, "
    "and in the book",
)
async def test_tc_b_18_custom_report(lab):
    async with lab.station() as station:
        await booted(station)
        for criterion, parts in (("Problem", []), ("Available", [[AVAILABLE]])):
            wanted = {"componentCriteria": [criterion], "componentVariable": [PLACE]}
            params = {"componentCriteria": criterion, "componentVariable": "EVSE@1.AvailabilityState"}
            await report(lab, station, "GetReport", "get-report", wanted, *parts, **params)
        assert await variable(lab, "EVSE@1", "AvailabilityState") == "Available"
