"""Which profiles a station is known to hold, whoever has set them and whoever answers it."""

import asyncio

import pytest
from ocpp201_smart_kit import ACCEPTED, ID, REJECTED, V21, V, asked, event, known, profile, smart, started, told

from broker.api import Reply


async def holds(h, *profiles, evse=1, version=V):
    for each in profiles:
        await asked(h, "SetChargingProfile", {"evseId": evse, "chargingProfile": each}, ACCEPTED, version)


def part(number, *profiles, evse=1, tbc=False, source="CSO"):
    return {
        "requestId": number,
        "chargingLimitSource": source,
        "evseId": evse,
        "tbc": tbc,
        "chargingProfile": list(profiles),
    }


async def test_what_a_station_accepts_it_holds():
    async with smart() as h:
        await holds(h, profile(1), profile(2, stackLevel=1))
        await asked(h, "SetChargingProfile", {"evseId": 1, "chargingProfile": profile(3)}, REJECTED)
        await asked(h, "SetChargingProfile", {"evseId": 1, "chargingProfile": profile(4)}, Reply.error("X", ""))
        assert await known(h) == [1, 2]
        rows = await h.records.charging_profiles.of(ID)
        assert [(row.profile_id, row.evse, row.stack_level) for row in rows] == [(1, 1, 0), (2, 1, 1)]


async def test_the_same_id_is_another_version_of_it():
    async with smart() as h:
        await holds(h, profile(1, limit=8.0))
        await holds(h, profile(1, limit=6.0), evse=2)
        (row,) = await h.records.charging_profiles.of(ID)
        assert row.evse == 2
        assert row.profile["chargingSchedule"][0]["chargingSchedulePeriod"][0]["limit"] == 6.0


@pytest.mark.parametrize(("status", "left"), [("Accepted", [2]), ("Unknown", [2]), ("Rejected", [1, 2])])
async def test_what_is_cleared_is_gone(status, left):
    async with smart() as h:
        await holds(h, profile(1), profile(2, stackLevel=1))
        await asked(h, "ClearChargingProfile", {"chargingProfileId": 1}, Reply.result({"status": status}))
        assert await known(h) == left
        assert [row.profile_id for row in await h.records.charging_profiles.of(ID)] == left


async def test_what_a_report_tells_of_it_holds():
    async with smart() as h:
        limit = profile(-1, "ChargingStationExternalConstraints")
        await told(h, "ReportChargingProfiles", part(5, limit, evse=0, source="EMS"))
        (row,) = await h.records.charging_profiles.of(ID)
        assert (row.profile_id, row.evse, row.purpose) == (-1, 0, "ChargingStationExternalConstraints")


async def test_once_a_report_is_whole_what_it_does_not_tell_of_is_gone():
    async with smart() as h:
        await holds(h, profile(1), profile(2, stackLevel=1), profile(3, stackLevel=2))
        await asked(h, "GetChargingProfiles", {"requestId": 5, "chargingProfile": {}}, ACCEPTED)
        await told(h, "ReportChargingProfiles", part(5, profile(1), tbc=True))
        assert await known(h) == [1, 2, 3]
        await told(h, "ReportChargingProfiles", part(5, profile(4), evse=0))
        assert await known(h) == [1, 4]


async def test_a_report_speaks_of_what_was_asked_for_alone():
    async with smart() as h:
        await holds(h, profile(1), profile(2, stackLevel=1))
        await holds(h, profile(3), evse=2)
        asked_for = {"requestId": 5, "evseId": 1, "chargingProfile": {"stackLevel": 1}}
        await asked(h, "GetChargingProfiles", asked_for, ACCEPTED)
        await told(h, "ReportChargingProfiles", part(5, profile(9, stackLevel=1)))
        assert await known(h) == [1, 3, 9]


async def test_a_report_that_nobody_asked_for_takes_nothing_away():
    async with smart() as h:
        await holds(h, profile(1))
        await told(h, "ReportChargingProfiles", part(5, profile(2, stackLevel=1)))
        assert await known(h) == [1, 2]


async def test_who_set_a_profile_is_not_known_so_a_report_by_source_takes_nothing_away():
    async with smart() as h:
        await holds(h, profile(1))
        criteria = {"chargingLimitSource": ["EMS"]}
        await asked(h, "GetChargingProfiles", {"requestId": 5, "chargingProfile": criteria}, ACCEPTED)
        await told(h, "ReportChargingProfiles", part(5, profile(-2, stackLevel=1), source="EMS"))
        no_such = Reply.result({"status": "NoProfiles"})
        await asked(h, "GetChargingProfiles", {"requestId": 6, "chargingProfile": criteria}, no_such)
        assert await known(h) == [-2, 1]


async def test_no_profiles_means_none_of_those():
    async with smart() as h:
        await holds(h, profile(1), profile(2, stackLevel=1))
        no_such = Reply.result({"status": "NoProfiles"})
        await asked(h, "GetChargingProfiles", {"requestId": 5, "chargingProfile": {"stackLevel": 1}}, no_such)
        assert await known(h) == [1]


async def test_a_tx_profile_ends_with_its_transaction():
    async with smart() as h:
        mine = {"transactionId": "tx1", "stackLevel": 1}
        await holds(h, profile(1), profile(2, "TxProfile", **mine), profile(3, "TxProfile", transactionId="tx2"))
        await told(h, "TransactionEvent", event("Updated"))
        assert await known(h) == [1, 2, 3]
        await told(h, "TransactionEvent", event("Ended"))
        assert await known(h) == [1, 3]


async def test_the_profile_of_a_remote_start_becomes_the_transactions():
    """K_37."""
    async with smart() as h:
        start = {"remoteStartId": 7, "idToken": {}, "evseId": 1, "chargingProfile": profile(1, "TxProfile")}
        await asked(h, "RequestStartTransaction", start, ACCEPTED)
        assert await known(h) == []
        await told(h, "TransactionEvent", event("Started", remoteStartId=8))
        await told(h, "TransactionEvent", event("Updated", "tx2", evse=2, remoteStartId=7))
        (row,) = await h.records.charging_profiles.of(ID)
        assert (row.profile_id, row.evse, row.transaction_id) == (1, 2, "tx2")


async def test_the_profile_of_a_remote_start_for_a_running_transaction_belongs_to_it():
    async with smart() as h:
        start = {"remoteStartId": 7, "idToken": {}, "evseId": 1, "chargingProfile": profile(1, "TxProfile")}
        reply = Reply.result({"status": "Accepted", "transactionId": "tx1"})
        await asked(h, "RequestStartTransaction", start, reply)
        (row,) = await h.records.charging_profiles.of(ID)
        assert row.transaction_id == "tx1"


@pytest.mark.parametrize(
    ("start", "reply"),
    [
        ({"remoteStartId": 7}, ACCEPTED),
        ({"remoteStartId": 7, "chargingProfile": "x"}, ACCEPTED),
        ({"remoteStartId": 7, "chargingProfile": profile(1, "TxProfile")}, REJECTED),
    ],
)
async def test_a_remote_start_without_a_profile_or_refused_leaves_nothing(start, reply):
    async with smart() as h:
        await asked(h, "RequestStartTransaction", start, reply)
        await told(h, "TransactionEvent", event("Started", remoteStartId=7))
        assert await known(h) == []


async def test_a_remote_start_is_remembered_over_a_restart():
    async with smart() as h:
        start = {"remoteStartId": 7, "idToken": {}, "evseId": 1, "chargingProfile": profile(1, "TxProfile")}
        await asked(h, "RequestStartTransaction", start, ACCEPTED)
        kept = await h.records.documents.all("ocpp201.smart_charging")
    async with smart() as h:
        for identity, key, value in kept:
            h.records.later(h.records.documents.put("ocpp201.smart_charging", identity, key, value))
        await h.plugins.start(None)
        await told(h, "TransactionEvent", event("Ended", remoteStartId=7))
        await told(h, "TransactionEvent", event("Started", "tx2", remoteStartId=7))
        assert await known(h) == []


async def test_the_book_outlives_the_session():
    async with smart() as h:
        await holds(h, profile(1))
        h.session(V).state.clear()
        assert await known(h) == [1]


async def test_hostile_messages_are_taken():
    async with smart(version=V21) as h:
        for payload in (
            {},
            {"requestId": "x", "chargingProfile": "y"},
            {"requestId": 1, "chargingProfile": [1, {}, {"id": "x"}], "tbc": "no"},
            {"requestId": 1, "evseId": {}, "chargingProfile": [profile(1)]},
        ):
            await told(h, "ReportChargingProfiles", payload, version=V21)
        for payload in (
            {},
            {"eventType": "Ended"},
            {"eventType": "Ended", "transactionInfo": "x"},
            {"eventType": "Started", "transactionInfo": {"transactionId": 1}},
            {"eventType": ["Ended"], "transactionInfo": {"transactionId": "tx"}, "evse": 7},
        ):
            await told(h, "TransactionEvent", payload, version=V21)
        assert await known(h, V21) == []


async def test_a_station_can_fill_two_hundred_rows_and_no_long_ones():
    async with smart() as h:
        for first in range(0, 300, 100):
            many = [profile(number) for number in range(first, first + 100)]
            await told(h, "ReportChargingProfiles", part(first, *many))
        assert len(await known(h)) == 200
        await told(h, "ReportChargingProfiles", part(1000, profile(0, customData={"vendorId": "x" * 400_000})))
        (row,) = [row for row in await h.records.charging_profiles.of(ID) if row.profile_id == 0]
        assert "customData" not in row.profile


async def test_most_events_cost_nothing():
    async with smart() as h:
        started(h)
        h.session(V).state.clear()
        await told(h, "TransactionEvent", event("Updated"))
        await asyncio.sleep(0)
        assert h.session(V).state == {}
