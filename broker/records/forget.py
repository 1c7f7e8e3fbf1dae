"""What is to be known no longer: a station, or a person's token (GDPR article 17)."""

from collections.abc import Callable, Sequence
from typing import Any

from broker.ocpp.jsontext import decode_plain, encode
from broker.records.codec import text
from broker.records.retention import delete
from broker.records.tokens import key_of
from broker.store import Op, Store, changes, ops

_LARGE = (
    ("meter_value", ("id",)),
    ("logged_message", ("id",)),
    ("station_event", ("id",)),
    ("charging_transaction", ("ref",)),
)

_AT_ONCE = 1_000
_LISTS = 50
_PASSES = 5  # what was written while it was looked for is found by the next


async def station(store: Store, identity: str) -> dict[str, int]:
    """All rows with that identity; how many they were, by table."""
    counts = await store.counts("identity", identity)
    for table, keys in _LARGE:  # in small commits, so that nobody waits long
        await delete(store, table, keys, [("identity =", identity)])
    await store.write([ops.forget_station(identity)])
    return counts


async def token(store: Store, token_id: str) -> dict[str, int]:
    """A token, wherever a column or a local list holds it; how many rows that were, by table."""
    name = text(token_id)
    counts: dict[str, int] = {}
    for _ in range(_PASSES if name else 0):  # an empty one is what is left of those that were forgotten
        found = await _holders(store, name)
        changed = [op for ops_ in found.values() for op in ops_]
        if not changed:
            break
        for table, ops_ in found.items():
            counts[table] = counts.get(table, 0) + len({op.key[2:] for op in ops_ if op.key is not None})
        for first in range(0, len(changed), _AT_ONCE):
            await store.write(changed[first : first + _AT_ONCE])
    return {table: count for table, count in counts.items() if count}


async def _holders(store: Store, name: str) -> dict[str, list[Op]]:
    """What has to be changed of each table."""
    key = key_of(name)
    tokens = await store.select("token", [("key =", key)], columns=("key",))
    children = await store.select("token", [("parent =", name)], columns=("key",))
    transactions = await store.select(
        "charging_transaction", [("token|stop_token|parent =", name)], columns=("ref", "details")
    )
    reservations = await store.select("reservation", [("token|parent =", name)], columns=("identity", "reservation_id"))
    return {
        "token": [
            *(Op(("drop", "token", *row), "drop token", row) for row in tokens),
            *(changes.blank_token("token", row, name) for row in children if row[0] != key),
        ],
        "charging_transaction": [
            *(changes.blank_token("charging_transaction", row[:1], name) for row in transactions),
            *(op for row in transactions if (op := _without("charging_transaction", row, name, _scrubbed))),
        ],
        "reservation": [changes.blank_token("reservation", row, name) for row in reservations],
        "local_list": await _local_lists(store, name),
    }


async def _local_lists(store: Store, name: str) -> list[Op]:
    found: list[Op] = []
    after = ""
    while rows := await store.select(
        "local_list", [("identity >", after)], columns=("identity", "entries"), order=("identity",), limit=_LISTS
    ):
        found += (op for row in rows if (op := _without("local_list", row, name, _list_without)))
        after = rows[-1][0]
    return found


def _without(table: str, row: Sequence[Any], name: str, scrubbed: Callable[[Any, str], Any]) -> Op | None:
    """The JSON of a row without the token; None where it is not in it."""
    key, data = row
    if encode(name)[1:-1].lower() not in data.lower():
        return None
    old = decode_plain(data)[0]
    new = scrubbed(old, key_of(name))
    return None if new == old else changes.swap(table, (key,), data, encode(new))


def _list_without(entries: dict[str, dict[str, Any]], key: str) -> dict[str, Any]:
    """Nothing, where the token is in it: the station still has that entry, and is to get a whole list next.

    With the other entries kept, nothing would seem to have changed, and the token would stay in the station for ever.
    """
    held = any(
        key_of(name) == key or any(_names(member, value, key) for member, value in info.items())
        for name, info in entries.items()
    )
    return {} if held else entries


def _names(member: str, value: Any, key: str) -> bool:
    """1.6: parentIdTag; 2.x: groupIdToken, an object."""
    if member not in ("parentIdTag", "groupIdToken"):
        return False
    value = value.get("idToken") if isinstance(value, dict) else value
    return isinstance(value, str) and key_of(value) == key


def _scrubbed(value: Any, key: str) -> Any:
    """The same with an empty text wherever it stands."""
    if isinstance(value, dict):
        return {name: _scrubbed(item, key) for name, item in value.items()}
    if isinstance(value, list):
        return [_scrubbed(item, key) for item in value]
    return "" if isinstance(value, str) and key_of(value) == key else value
