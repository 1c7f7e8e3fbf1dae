"""F, N, S, the Core additions of 2.1: triggers of one's own, logs, battery swaps."""

import pytest
from cases21 import case21
from lab2_kit import VALID
from scripted_station_kit import now
from story2_kit import ago, ahead, booted

CUSTOM = {"requestedMessage": "CustomTrigger", "customTrigger": "OpenChargeAlliance"}
SECRET = "a-password-of-files"


@case21(
    "F_100", "requestedMessage CustomTrigger with customTrigger, as configured; NotImplemented told to the operator"
)
async def test_tc21_f_100_custom_trigger(lab):
    async with lab.station() as station:
        await booted(station)
        asked = station.expect("TriggerMessage", {"status": "NotImplemented"})
        assert await lab.do("trigger", **CUSTOM) == {"status": "NotImplemented"}
        assert await asked == CUSTOM


async def log_asked(lab, station, kind, *, status="Accepted", **params):
    """GetLog as the operator asks for it: the requestId, and where the station is to bring the log."""
    asked = station.expect("GetLog", {"status": status, "filename": "collected.log"})
    told = await lab.do("get-log", logType=kind, **params)
    payload = await asked
    number, location = payload.pop("requestId"), payload["log"].pop("remoteLocation")
    times = {name: params[name] for name in ("oldestTimestamp", "latestTimestamp") if name in params}
    more = {name: params[name] for name in ("retries", "retryInterval") if name in params}
    assert payload == {"logType": kind, "log": times, **more}
    assert (told["status"], told["requestId"], told["filename"]) == (status, number, "collected.log")
    return number, location


async def life_of(lab, number):
    [life] = [one for one in (await lab.do("log-status"))["log"] if one["requestId"] == number]
    return life


@pytest.mark.parametrize("params", [{}, {"oldestTimestamp": ago(60)[0], "latestTimestamp": ahead(0)}])
@case21(
    "N_100", "logType DataCollectorLog; what was collected is told by NotifyEvent; the file taken, its life in the book"
)
async def test_tc21_n_100_data_collector_log(lab, params):
    async with lab.station() as station:
        await booted(station)
        number, location = await log_asked(lab, station, "DataCollectorLog", **params)
        content = f"collected at {lab.identity}, {len(params)}".encode()
        await station.tells("LogStatusNotification", status="Uploading", requestId=number)
        await lab.brings(location, content)
        await station.tells("LogStatusNotification", status="Uploaded", requestId=number)
        await station.event("DataCollector", "Active", "false")
        life = await life_of(lab, number)
        assert (life["status"], life["ended"], life["asked"]["logType"]) == ("Uploaded", True, "DataCollectorLog")
        [event] = [
            one for one in await lab.records.events.page(identity=lab.identity) if one.component == "DataCollector"
        ]
        assert (event.variable, event.value) == ("Active", "false")


async def with_login(lab, scheme):
    """A location with user and password goes out as it is, and is shown to nobody afterwards."""
    where = f"{scheme}://tester:{SECRET}@files.example.org/logs"
    async with lab.station() as station:
        await booted(station)
        number, location = await log_asked(
            lab, station, "DiagnosticsLog", remoteLocation=where, retries=2, retryInterval=30
        )
        assert location == where
        for status in ("Uploading", "Uploaded"):
            await station.tells("LogStatusNotification", status=status, requestId=number)
        life = await life_of(lab, number)
        assert (life["status"], life["ended"]) == ("Uploaded", True)
        assert life["asked"]["remoteLocation"] == f"{scheme}://***@files.example.org/logs"
        assert SECRET not in str(await lab.get(f"/api/v1/stations/{lab.identity}/documents"))


@case21("N_102", "remoteLocation of http with user and password, as configured; no password in the book")
async def test_tc21_n_102_log_by_http_with_login(lab):
    await with_login(lab, "http")


@case21("N_103", "remoteLocation of https with user and password, as configured; no password in the book")
async def test_tc21_n_103_log_by_https_with_login(lab):
    await with_login(lab, "https")


async def swap_asked(lab, station, answer):
    """RequestBatterySwap as the operator asks for it; its requestId."""
    asked = station.expect("RequestBatterySwap", answer)
    told = await lab.do("request-battery-swap", idToken=VALID)
    payload = await asked
    number = payload.pop("requestId")
    assert number > 0
    assert payload == {"idToken": VALID}
    assert told == {**answer, "requestId": number}
    return number


async def swap_in_book(lab, number):
    [swap] = (await lab.do("battery-swaps"))["swaps"]
    assert (swap["requestId"], swap["idToken"]) == (number, VALID)
    return swap


@case21("S_102", "RequestBatterySwap: idToken as configured, requestId; Rejected is told, and in the book")
async def test_tc21_s_102_not_enough_batteries(lab):
    async with lab.station() as station:
        await booted(station)
        refused = {"status": "Rejected", "statusInfo": {"reasonCode": "NotEnoughBatteries"}}
        number = await swap_asked(lab, station, refused)
        swap = await swap_in_book(lab, number)
        assert (swap["answer"], swap["events"]) == ("Rejected", [])


def battery(evse, serial, charge):
    return {"evseId": evse, "serialNumber": serial, "soC": charge, "soH": 95.5, "productionDate": now()}


@case21("S_103", "RequestBatterySwap Accepted; BatteryIn and BatteryOut answered; both in the book under the requestId")
async def test_tc21_s_103_enough_batteries(lab):
    async with lab.station() as station:
        await booted(station)
        number = await swap_asked(lab, station, {"status": "Accepted"})
        given, taken = battery(1, "EMPTY-1", 12.5), battery(2, "FULL-1", 100)
        for kind, one in (("BatteryIn", given), ("BatteryOut", taken)):
            await station.tells("BatterySwap", eventType=kind, requestId=number, idToken=VALID, batteryData=[one])
            await station.connector("Occupied" if kind == "BatteryIn" else "Available", evse=one["evseId"])
        swap = await swap_in_book(lab, number)
        assert swap["answer"] == "Accepted"
        told = [(one["eventType"], one["batteryData"]) for one in swap["events"]]
        assert told == [("BatteryIn", [given]), ("BatteryOut", [taken])]
