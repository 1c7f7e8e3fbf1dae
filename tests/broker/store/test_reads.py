"""Reading, through the store."""

import sqlite3

from store_kit import message
from structlog.testing import capture_logs

from broker.store import ops


async def test_what_was_given_to_later_is_seen(store):
    store.later([ops.put_outbox(message(1)), ops.put_route("CP1", b"route")])
    assert [row.id for row in await store.outbox("CP1", "main")] == [1]
    assert await store.routes() == {"CP1": b"route"}


async def test_reading_costs_no_commit_where_nothing_waits(store):
    await store.write([ops.put_outbox(message(1))])
    before = store.commits
    for _ in range(5):
        await store.outbox("CP1", "main")
    assert store.commits == before


async def test_everything_can_be_asked_for(store):
    await store.write(
        [
            ops.put_outbox(message(1)),
            ops.put_outbox(message(2)),
            ops.bury(2, "refused", 1.0),
            ops.put_token("main", "aa", b"Accepted", 50.0),
            ops.put_credential("CP1", b"secret"),
            ops.put_setting("key", b"c"),
            ops.put_memory("CP1", b"memory"),
        ]
    )
    assert [box.depth for box in await store.outboxes()] == [1]
    assert (await store.station("CP1")).memory == b"memory"
    assert [row.id for row in await store.dead(identity="CP1", upstream="main")] == [2]
    assert [row.id for row in await store.dead(ids=[2, 3])] == [2]
    assert await store.dead(after=2) == []
    assert await store.tokens("main") == {"aa": (b"Accepted", 50.0)}
    assert await store.credentials() == {"CP1": b"secret"}
    assert await store.setting("key") == b"c"
    assert await store.size() > 0


async def test_damaged_messages_become_dead_letters_and_the_others_are_delivered(store, path):
    await store.write([ops.put_outbox(message(number)) for number in range(1, 9)])
    with sqlite3.connect(path) as other:
        other.execute("UPDATE outbox SET payload = x'00' WHERE id IN (1, 2, 5)")
    other.close()
    with capture_logs() as logs:
        assert [row.id for row in await store.outbox("CP1", "main", limit=4)] == [3, 4, 6, 7]
    assert [entry["ids"] for entry in logs] == [[1, 2], [5]]
    assert [(row.id, row.reason) for row in await store.dead()] == [
        (number, "damaged in the store") for number in (1, 2, 5)
    ]
    assert [row.id for row in await store.outbox("CP1", "main")] == [3, 4, 6, 7, 8]


async def test_a_text_that_is_no_text_any_more_damages_its_own_message_only(store, path):
    await store.write([ops.put_outbox(message(number)) for number in (1, 2, 3)])
    with sqlite3.connect(path) as other:
        other.execute("UPDATE outbox SET key = CAST(x'ff41' AS TEXT) WHERE id = 2")
    other.close()
    assert [row.id for row in await store.outbox("CP1", "main")] == [1, 3]
    assert [row.id for row in await store.dead()] == [2]


async def test_an_outbox_of_nothing_but_damage_is_empty(store, path):
    await store.write([ops.put_outbox(message(number)) for number in (1, 2, 3)])
    with sqlite3.connect(path) as other:
        other.execute("UPDATE outbox SET checksum = 0")
    other.close()
    assert await store.outbox("CP1", "main", limit=2) == []
    assert await store.outboxes() == []
