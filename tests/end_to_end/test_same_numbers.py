"""Two upstreams that choose the same numbers for reservations, profiles, remote starts and display messages."""

from contextlib import asynccontextmanager

import pytest
from e2e_kit import running, until, url_of
from watched_kit import ACCEPTED, NOW, Backend, Operator, behind, booted, event, start, station

ANSWERS = {
    "ocpp1.6": ("ReserveNow", "CancelReservation", "SetChargingProfile", "ClearChargingProfile"),
    "ocpp2.0.1": ("ReserveNow", "CancelReservation", "SetChargingProfile", "ClearChargingProfile",
                  "RequestStartTransaction", "SetDisplayMessage", "ClearDisplayMessage"),
}  # fmt: skip


@asynccontextmanager
async def two(folder, version):
    """A booted station, its connections at both upstreams, the upstreams, and the operator."""
    async with Backend("main") as main, Backend("second", first=80) as second:
        watching = [{"upstream": "second", "commands": "all"}]
        async with (
            running(folder, behind(main, second, route={"secondaries": watching})) as broker,
            station(url_of(broker, "A"), version, **dict.fromkeys(ANSWERS[version], ACCEPTED)) as end,
        ):
            await booted(end)
            ends = [await main.end("A"), await second.end("A")]
            yield end, ends, (main, second), Operator(broker.admin_url)


def reservation(version):
    if version == "ocpp1.6":
        return {"connectorId": 1, "expiryDate": NOW, "idTag": "T", "reservationId": 1}
    return {"id": 1, "expiryDateTime": NOW, "idToken": {"idToken": "T", "type": "ISO14443"}}


@pytest.mark.parametrize("version", ANSWERS)
async def test_each_upstream_cancels_its_own_reservation(tmp_path, version):
    name = "reservationId" if version == "ocpp1.6" else "id"
    async with two(tmp_path, version) as (end, ends, _, _):
        for one in ends:
            assert await one.call("ReserveNow", reservation(version)) == ACCEPTED
        made = [payload[name] for payload in end.of("ReserveNow")]
        assert made[0] == 1
        assert made[1] != 1
        for one in reversed(ends):
            assert await one.call("CancelReservation", {"reservationId": 1}) == ACCEPTED
        assert [payload["reservationId"] for payload in end.of("CancelReservation")] == made[::-1]


async def test_a_start_names_a_reservation_to_whoever_made_it_in_its_own_number_and_to_nobody_else(tmp_path):
    async with two(tmp_path, "ocpp1.6") as (end, ends, backends, operator):
        for one in ends:
            await one.call("ReserveNow", reservation("ocpp1.6"))
        for payload in end.of("ReserveNow"):
            await end.call("StartTransaction", {**start(), "reservationId": payload["reservationId"]})
        await operator.empty()
        told = [[payload.get("reservationId") for payload in one.of("A", "StartTransaction")] for one in backends]
        assert told == [[1, None], [None, 1]]


async def test_a_transaction_names_its_remote_start_to_whoever_asked_for_it(tmp_path):
    async with two(tmp_path, "ocpp2.0.1") as (end, ends, backends, operator):
        wish = {"remoteStartId": 1, "idToken": {"idToken": "T", "type": "ISO14443"}, "evseId": 1}
        for one in ends:
            assert await one.call("RequestStartTransaction", wish) == ACCEPTED
        body = {"action": "RequestStartTransaction", "payload": wish}
        assert (await operator("POST", "stations/A/calls", body))[0] == 200
        for number, payload in enumerate(end.of("RequestStartTransaction")):
            about = {"transactionId": f"T{number}", "remoteStartId": payload["remoteStartId"]}
            await end.call("TransactionEvent", {**event("Started", 0), "transactionInfo": about})
        await operator.empty()
        told = [[payload["transactionInfo"].get("remoteStartId") for payload in one.of("A", "TransactionEvent")]
                for one in backends]  # fmt: skip
        assert told == [[1, None, None], [None, 1, None]]


def profile(version):
    period = {"chargingRateUnit": "W", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 1.0}]}
    common = {"stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile", "chargingProfileKind": "Relative"}
    if version == "ocpp1.6":
        return {"connectorId": 1, "csChargingProfiles": {"chargingProfileId": 1, **common, "chargingSchedule": period}}
    return {"evseId": 1, "chargingProfile": {"id": 1, **common, "chargingSchedule": [{"id": 1, **period}]}}


@pytest.mark.parametrize("version", ANSWERS)
async def test_each_upstream_clears_its_own_charging_profile_also_after_a_restart(tmp_path, version):
    outer, inner, clears = (
        ("csChargingProfiles", "chargingProfileId", "id")
        if version == "ocpp1.6"
        else ("chargingProfile", "id", "chargingProfileId")
    )
    async with two(tmp_path, version) as (end, ends, _, _):
        for one in ends:
            assert await one.call("SetChargingProfile", profile(version)) == ACCEPTED
        made = [payload[outer][inner] for payload in end.of("SetChargingProfile")]
        assert len(set(made)) == 2
    async with two(tmp_path, version) as (end, ends, _, _):
        for one in ends:
            assert await one.call("ClearChargingProfile", {clears: 1}) == ACCEPTED
        assert [payload[clears] for payload in end.of("ClearChargingProfile")] == made


async def test_each_upstream_clears_its_own_display_message(tmp_path):
    message = {"id": 1, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "hello"}}
    async with two(tmp_path, "ocpp2.0.1") as (end, ends, backends, _):
        for one in ends:
            assert await one.call("SetDisplayMessage", {"message": message}) == ACCEPTED
        made = [payload["message"]["id"] for payload in end.of("SetDisplayMessage")]
        assert len(set(made)) == 2
        for one in ends:
            assert await one.call("ClearDisplayMessage", {"id": 1}) == ACCEPTED
        assert [payload["id"] for payload in end.of("ClearDisplayMessage")] == made
        await end.call("Heartbeat")
        await until(lambda: backends[0].of("A", "Heartbeat"))
