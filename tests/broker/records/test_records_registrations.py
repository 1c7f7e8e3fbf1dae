"""Registered stations."""

import asyncio

import pytest
from records_kit import opened, until
from structlog.testing import capture_logs

from broker.records import Registration, StoreFailed

ROW = Registration(
    identity="CP1",
    password="sha256$00$11",
    security_profile=2,
    tags={"site": "north"},
    serial_number="S1",
    boot="pending",
    created_at=1.0,
    updated_at=2.0,
)


async def test_one_is_there_when_the_store_is_opened_again(url):
    async with opened(url) as records:
        await records.registrations.put(ROW)
        await records.registrations.put(Registration(identity="CP0"))
    async with opened(url) as records:
        assert records.registrations.get("CP1") == ROW
        assert [row.identity for row in records.registrations.all()] == ["CP0", "CP1"]
        assert await records.registrations.drop("CP1")
        assert records.registrations.get("CP1") is None
        assert not await records.registrations.drop("CP1")
    async with opened(url) as records:
        assert [row.identity for row in records.registrations.all()] == ["CP0"]


async def test_what_is_in_memory_is_not_what_the_caller_goes_on_with(records):
    row = Registration(identity="CP1", boot="accepted")
    await records.registrations.put(row)
    row.boot = "rejected"
    assert records.registrations.get("CP1").boot == "accepted"


async def test_those_who_watch_hear_of_every_change_of_which_one_is_not_their_fault(records):
    seen = []

    def broken(identity):
        raise RuntimeError("no")

    records.registrations.watchers += [broken, seen.append]
    await records.registrations.put(ROW)
    await records.registrations.drop("CP1")
    await records.registrations.drop("CP1")
    assert seen == ["CP1", "CP1"]


async def test_it_is_on_the_disk_before_it_is_in_memory(url):
    async with opened(url) as records:
        registrations = records.registrations
        putting = asyncio.ensure_future(registrations.put(ROW))
        await asyncio.sleep(0)
        assert registrations.get("CP1") is None
        await putting
        assert registrations.get("CP1") == ROW
    with pytest.raises(StoreFailed):
        await registrations.put(Registration(identity="CP2"))
    with pytest.raises(StoreFailed):
        await registrations.drop("CP1")
    assert [row.identity for row in registrations.all()] == ["CP1"]


async def test_one_that_nobody_waited_for_any_more_is_in_memory_all_the_same(records):
    putting = asyncio.ensure_future(records.registrations.put(ROW))
    await asyncio.sleep(0)
    putting.cancel()
    await until(lambda: records.registrations.get("CP1") == ROW)


@pytest.mark.parametrize(
    ("identity", "policy"),
    [
        ("registered", "rejected"),
        ("registered without", "pending"),
        ("in the file", "rejected"),
        ("known to the file", "accepted"),
        ("nobody", "pending"),
    ],
)
async def test_a_boot_is_answered_by_the_first_that_says_how(records, identity, policy):
    registrations = records.registrations
    assert registrations.boot_policy(identity) == "accepted", "where nothing is configured"
    await registrations.put(Registration(identity="registered", boot="rejected"))
    await registrations.put(Registration(identity="registered without"))
    registrations.configure(
        {"registered": "accepted", "registered without": "pending", "in the file": "rejected"},
        "pending",
        {"known to the file", "in the file"},
    )
    assert registrations.boot_policy(identity) == policy


async def test_a_registered_station_is_no_unknown_one(records):
    await records.registrations.put(Registration(identity="CP1"))
    records.registrations.configure({}, "rejected", ())
    assert records.registrations.boot_policy("CP1") == "accepted"
    assert records.registrations.boot_policy("CP2") == "rejected"


async def test_no_password_is_logged(records):
    with capture_logs() as logs:
        await records.registrations.put(ROW)
        await records.registrations.drop("CP1")
    assert "sha256" not in str(logs)
