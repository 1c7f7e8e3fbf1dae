"""Events of the device model."""

import pytest


def event(records, identity="CP1", **changes):
    values = {
        "component": "Connector@1.1",
        "variable": "AvailabilityState",
        "at": 10.0,
        "received_at": 11.0,
        "value": "Occupied",
        "details": {"eventId": 7, "trigger": "Delta"},
    }
    return records.events.add(identity, **(values | changes))


async def test_an_event_is_kept_as_it_was_told(records):
    await records.commit(event(records))
    (row,) = await records.events.page()
    assert (row.identity, row.component, row.variable) == ("CP1", "Connector@1.1", "AvailabilityState")
    assert (row.at, row.received_at, row.value) == (10.0, 11.0, "Occupied")
    assert row.details == {"eventId": 7, "trigger": "Delta"}


async def test_the_same_again_is_kept_once(records):
    for _ in range(2):
        await records.commit(event(records), event(records, received_at=500.0))
    assert len(await records.events.page()) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"identity": "CP2"},
        {"component": "Connector@1.2"},
        {"variable": "Problem"},
        {"at": 10.5},
        {"at": None},
        {"value": "Available"},
        {"details": {"eventId": 8}},
    ],
)
async def test_another_one_is_another_one(records, other):
    await records.commit(event(records), event(records, **other))
    assert len(await records.events.page()) == 2


async def test_without_a_time_of_its_own_the_same_of_another_day_is_another_one(records):
    await records.commit(event(records, at=None), event(records, at=None, received_at=11.0 + 86_400))
    assert len(await records.events.page()) == 2


async def test_a_page_has_what_was_asked_for(records):
    for number in range(6):
        received = float(number)
        records.later(event(records, f"CP{number % 2}", at=received, received_at=received, variable=f"V{number // 3}"))
    await records.commit()

    async def found(**filters):
        return [row.at for row in await records.events.page(**filters)]

    assert await found(identity="CP1") == [1.0, 3.0, 5.0]
    assert await found(variable="V0") == [0.0, 1.0, 2.0]
    assert await found(component="Connector@1.1", since=2.0, until=4.0) == [2.0, 3.0]
    assert await found(component="nothing") == []
    first = await records.events.page(limit=2)
    assert await found(after=first[-1].id, limit=2) == [2.0, 3.0]
