"""Security events and the log of messages."""

import pytest


def event(records, **changes):
    values = {"identity": "CP1", "type": "StartupOfTheDevice", "at": 10.0, "received_at": 11.0, "tech_info": "x"}
    return records.security_events.add(**(values | changes))


def message(records, **changes):
    values = {
        "at": 1.0,
        "identity": "CP1",
        "direction": "from_station",
        "peer": "main",
        "action": "Heartbeat",
        "message_id": "m1",
        "kind": "CALL",
        "outcome": "",
        "payload": b"{}",
    }
    return records.messages.add(**(values | changes))


async def test_the_same_event_again_is_kept_once(records):
    for _ in range(2):
        await records.commit(event(records), event(records))
    (row,) = await records.security_events.page()
    assert (row.identity, row.type, row.at, row.received_at, row.tech_info) == (
        "CP1",
        "StartupOfTheDevice",
        10.0,
        11.0,
        "x",
    )


@pytest.mark.parametrize(
    "other", [{"identity": "CP2"}, {"type": "Reboot"}, {"at": 10.5}, {"at": None}, {"tech_info": ""}]
)
async def test_another_event_is_another_one(records, other):
    await records.commit(event(records), event(records, **other))
    assert len(await records.security_events.page()) == 2


async def test_a_page_of_events_has_what_was_asked_for(records):
    for number in range(6):
        identity, kind = f"CP{number % 2}", "even" if number < 3 else "odd"
        records.later(event(records, identity=identity, type=kind, at=float(number), received_at=float(number)))

    async def page(**filters):
        return [row.at for row in await records.security_events.page(**filters)]

    assert await page() == [0, 1, 2, 3, 4, 5]
    assert await page(identity="CP1") == [1, 3, 5]
    assert await page(type="even") == [0, 1, 2]
    assert await page(since=2.0, until=4.0) == [2, 3]
    first = await records.security_events.page(limit=2)
    assert await page(after=first[-1].id, limit=3) == [2, 3, 4]


async def test_a_message_comes_back_as_it_was_put(records):
    await records.commit(message(records, payload=b"\x00\xff"), message(records))
    first, second = await records.messages.page()
    assert (first.payload, second.payload) == (b"\x00\xff", b"{}")
    assert (first.direction, first.peer, first.action, first.message_id) == ("from_station", "main", "Heartbeat", "m1")
    assert (first.kind, first.outcome, first.at, first.identity) == ("CALL", "", 1.0, "CP1")


async def test_a_page_of_messages_has_what_was_asked_for(records):
    for number in range(6):
        records.later(
            message(
                records,
                identity=f"CP{number % 2}",
                action="A" if number < 3 else "B",
                direction="x" if number < 5 else "y",
                at=float(number),
            )
        )

    async def page(**filters):
        return [row.at for row in await records.messages.page(**filters)]

    assert await page(identity="CP0") == [0, 2, 4]
    assert await page(action="B") == [3, 4, 5]
    assert await page(direction="y") == [5]
    assert await page(since=1.0, until=3.0) == [1, 2]
    first = await records.messages.page(limit=2)
    assert await page(after=first[-1].id, limit=1) == [2]


async def test_long_texts_are_cut_and_the_cut_one_is_the_same_event(records):
    await records.commit(event(records, tech_info="x" * 5000, type="t" * 5000), event(records, at=None))
    long, other = await records.security_events.page()
    assert (len(long.tech_info), len(long.type), other.at) == (1000, 1000, None)
