"""What a station is known to hold: whoever has sent it, in relay mode too."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from broker.api import Direction, Reply, Transaction
from broker.testing import Harness, harness
from plugins.ocpp16.smart_charging import SmartCharging

V16 = "ocpp1.6"
ACCEPTED = Reply.result({"status": "Accepted"})
DEFAULT, TX = "TxDefaultProfile", "TxProfile"


@pytest.fixture(params=["local", "upstream"])
async def h(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    found = harness(SmartCharging)
    await found.ready()
    found.session(V16).answers = request.param
    yield found
    await found.stop()


def profile(number: int, purpose: str = DEFAULT, level: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}]},
        **more,
    }


async def to_station(h: Harness, action: str, payload: dict[str, Any], reply: Reply = ACCEPTED) -> None:
    await h.reply(V16, action, payload, reply, direction=Direction.TO_STATION)


async def sets(h: Harness, connector: Any, given: Any, reply: Reply = ACCEPTED) -> None:
    await to_station(h, "SetChargingProfile", {"connectorId": connector, "csChargingProfiles": given}, reply)


async def clears(h: Harness, reply: Reply = ACCEPTED, **criteria: Any) -> None:
    await to_station(h, "ClearChargingProfile", criteria, reply)


async def remote_start(h: Harness, given: Any, reply: Reply = ACCEPTED, **more: Any) -> None:
    payload = {"idTag": "TAG", "chargingProfile": given, **more}
    await to_station(h, "RemoteStartTransaction", payload, reply)


async def starts(h: Harness, transaction: Any, connector: Any = 1, tag: str = "TAG") -> None:
    payload = {"connectorId": connector, "idTag": tag, "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
    reply = Reply.result({"transactionId": transaction, "idTagInfo": {"status": "Accepted"}})
    await h.reply(V16, "StartTransaction", payload, reply)


async def stops(h: Harness, transaction: Any, reply: Reply | None = None) -> None:
    payload = {"transactionId": transaction, "meterStop": 5, "timestamp": "2026-01-01T01:00:00Z"}
    await h.reply(V16, "StopTransaction", payload, reply or Reply.result({}))


def running(h: Harness, transaction: str, connector: int) -> None:
    h.records.later(
        h.records.transactions.started(
            Transaction(
                identity="CP001",
                transaction_id=transaction,
                version=V16,
                evse=connector,
                connector=1,
                started_at=1.0,
                received_at=1.0,
                start_key=transaction,
            )
        )
    )


async def held(h: Harness) -> dict[int, str | None]:
    """The transaction of each profile by its number."""
    rows = await h.records.charging_profiles.of("CP001")
    return {row.profile_id: row.transaction_id for row in rows}


async def test_an_accepted_profile_is_held_as_it_was_sent(h: Harness) -> None:
    given = profile(5, level=2, validTo="2026-02-01T00:00:00Z")
    await sets(h, 1, given)
    (row,) = await h.records.charging_profiles.of("CP001")
    assert (row.profile_id, row.evse, row.purpose, row.stack_level) == (5, 1, DEFAULT, 2)
    assert row.profile == given
    assert row.at == h.clock.now()
    assert (row.valid_from, row.valid_to) == (None, 1_769_904_000.0)


@pytest.mark.parametrize(
    "reply",
    [Reply.result({"status": "Rejected"}), Reply.result({"status": "NotSupported"}), Reply.error("InternalError", "")],
)
async def test_what_was_not_accepted_changes_nothing(h: Harness, reply: Reply) -> None:
    await sets(h, 1, profile(5))
    await sets(h, 1, profile(6), reply)
    await clears(h, reply)
    assert await held(h) == {5: None}


async def test_the_same_again_is_one_row(h: Harness) -> None:
    for _ in range(2):
        await sets(h, 1, profile(5))
    assert await held(h) == {5: None}


async def test_the_same_level_and_the_same_number_replace(h: Harness) -> None:
    await sets(h, 1, profile(5))
    await sets(h, 0, profile(6))
    await sets(h, 1, profile(7))
    assert set(await held(h)) == {6, 7}
    await sets(h, 1, profile(6, level=3))
    assert set(await held(h)) == {6, 7}
    (row,) = [row for row in await h.records.charging_profiles.of("CP001") if row.profile_id == 6]
    assert (row.evse, row.stack_level) == (1, 3)


async def test_a_clear_removes_by_its_criteria_and_unknown_means_there_is_none(h: Harness) -> None:
    for level in (0, 1, 2):
        await sets(h, 1, profile(5 + level, level=level))
    await clears(h, id=5)
    assert set(await held(h)) == {6, 7}
    await clears(h, connectorId=1, chargingProfilePurpose=DEFAULT, stackLevel=1)
    assert set(await held(h)) == {7}
    await clears(h, Reply.result({"status": "Unknown"}), connectorId=2)
    assert set(await held(h)) == {7}
    await clears(h, Reply.result({"status": "Unknown"}), connectorId=1)
    assert await held(h) == {}


async def test_an_empty_clear_removes_all(h: Harness) -> None:
    await sets(h, 1, profile(5))
    await sets(h, 0, profile(6, "ChargePointMaxProfile"))
    await clears(h)
    assert await held(h) == {}


async def test_a_tx_profile_without_a_transaction_belongs_to_the_running_one(h: Harness) -> None:
    running(h, "7", 1)
    await sets(h, 1, profile(5, TX))
    await sets(h, 2, profile(6, TX))
    await sets(h, 1, profile(8, TX, 1, transactionId=9))
    assert await held(h) == {5: "7", 6: None, 8: "9"}


async def test_a_tx_profile_goes_when_its_transaction_ends(h: Harness) -> None:
    await sets(h, 1, profile(5, TX, transactionId=7))
    await sets(h, 2, profile(6, TX, transactionId=8))
    await sets(h, 1, profile(4))
    await stops(h, 99)
    await stops(h, 7, Reply.error("InternalError", ""))
    assert set(await held(h)) == {4, 5, 6}
    await stops(h, 7)
    await stops(h, 7)
    assert set(await held(h)) == {4, 6}


async def test_a_new_transaction_on_the_connector_ends_what_was_left(h: Harness) -> None:
    """The StopTransaction may never have come."""
    await sets(h, 1, profile(5, TX, transactionId=7))
    await sets(h, 2, profile(6, TX, transactionId=8))
    await starts(h, 7)
    assert set(await held(h)) == {5, 6}
    await starts(h, 9)
    assert set(await held(h)) == {6}


async def test_the_profile_of_a_remote_start_is_the_transactions_when_it_starts(h: Harness) -> None:
    """Certification 059."""
    await remote_start(h, profile(5, TX), connectorId=1)
    assert await held(h) == {}
    await starts(h, 70, connector=2, tag="OTHER")
    assert await held(h) == {}
    await starts(h, 71)
    await starts(h, 71)
    assert await held(h) == {5: "71"}
    (row,) = await h.records.charging_profiles.of("CP001")
    assert (row.evse, row.profile) == (1, profile(5, TX))
    await stops(h, 71)
    assert await held(h) == {}


async def test_a_set_for_that_transaction_replaces_it_at_the_same_level(h: Harness) -> None:
    """5.16.2."""
    await remote_start(h, profile(5, TX))
    await starts(h, 71)
    await sets(h, 1, profile(6, TX, 1, transactionId=71))
    assert set(await held(h)) == {5, 6}
    await sets(h, 1, profile(7, TX, 0, transactionId=71))
    assert set(await held(h)) == {6, 7}


async def test_a_remote_start_that_came_to_nothing_leaves_nothing(h: Harness) -> None:
    await remote_start(h, profile(5, TX), Reply.result({"status": "Rejected"}))
    await remote_start(h, None)
    await starts(h, 70)
    assert await held(h) == {}
    await remote_start(h, profile(6, TX))
    h.clock.advance(901)
    await starts(h, 71)
    assert await held(h) == {}


async def anew(h: Harness) -> Harness:
    """The plugin after a restart, with the same records."""
    again = harness(SmartCharging)
    await again.ready()
    again.contexts.records = again.records = h.records
    return again


async def test_the_book_outlives_the_session_and_the_plugin(h: Harness) -> None:
    await sets(h, 1, profile(5, TX, transactionId=7))
    await remote_start(h, profile(6, TX), connectorId=2)
    again = await anew(h)
    await starts(again, 8, connector=2)
    assert await held(h) == {5: "7", 6: "8"}
    await stops(again, 7)
    assert await held(h) == {6: "8"}
    third = await anew(h)
    await starts(third, 9, connector=2)
    assert await held(h) == {6: "8"}
    for each in (again, third):
        await each.stop()


@pytest.mark.parametrize("connector", [None, "x", [], -1])
async def test_odd_calls_break_nothing(h: Harness, connector: Any) -> None:
    """Everything may be sent to a station, and one that accepts it says nothing of sense."""
    running(h, "7", 1)
    running(h, "8", 2)
    await sets(h, connector, {"chargingProfilePurpose": TX, "chargingProfileId": []})
    await sets(h, connector, "no profile")
    await remote_start(h, {"chargingProfileId": 5}, connectorId=connector)
    await starts(h, "x", connector)
    await starts(h, 1, connector)
    await stops(h, connector)
    assert set(await held(h)) <= {5}


async def test_two_at_once_lose_nothing(h: Harness) -> None:
    """A call to the station and one of the station are answered side by side."""
    await sets(h, 1, profile(5, TX, transactionId=7))
    h.session(V16).state.clear()
    await asyncio.gather(stops(h, 7), sets(h, 1, profile(6)), clears(h, connectorId=3))
    assert set(await held(h)) == {6}
    await sets(h, 1, profile(7))
    assert set(await held(h)) == {7}
