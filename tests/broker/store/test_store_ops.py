"""The changes: each has its SQL, and the key of its row."""

import inspect

import pytest
from store_kit import message

from broker.store import ops
from broker.store.ops import Op
from broker.store.statements import writes

SAMPLES = {str: "text", int: 1, float: 1.0, bytes: b"data"}


def made(name):
    function = getattr(ops, name)
    if name == "put_outbox":
        return function(message(1))
    return function(*(SAMPLES[p.annotation] for p in inspect.signature(function).parameters.values()))


CONSTRUCTORS = [
    name
    for name, value in vars(ops).items()
    if inspect.isfunction(value) and value.__module__ == ops.__name__ and value.__annotations__.get("return") is Op
]


def test_every_change_has_its_sql_and_every_sql_its_change():
    assert {made(name).name for name in CONSTRUCTORS} == set(writes())


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_each_can_be_run(name, prepared):
    op = made(name)
    for step in prepared.writes[op.name]:
        prepared.connection.execute(step.sql, op.params if step.pick is None else step.pick(op.params))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ops.put_transaction("CP1", 1, b"a"), ops.drop_transaction(1)),
        (ops.put_id("CP1", "profile", "main", 5, 6), ops.drop_id("CP1", "profile", "main", 5)),
        (ops.put_route("CP1", b"a"), ops.drop_route("CP1")),
        (ops.put_credential("CP1", b"a"), ops.drop_credential("CP1")),
        (ops.put_token("main", "digest", b"a", 1.0), ops.drop_token("main", "digest")),
        (ops.attempt(1, 1, "timeout"), ops.drop_outbox(1)),
    ],
)
def test_changes_of_one_row_have_one_key(one, other):
    assert one.key == other.key
    assert one.key is not None


def test_changes_of_different_rows_have_different_keys():
    keys = [
        ops.put_transaction("CP1", 1, b"a").key,
        ops.put_transaction("CP1", 2, b"a").key,
        ops.drop_outbox(1).key,
        ops.drop_dead(1).key,
        ops.put_memory("CP1", b"a").key,
        ops.put_memory("CP2", b"a").key,
        ops.put_route("CP1", b"a").key,
        ops.put_credential("CP1", b"a").key,
        ops.put_id("CP1", "profile", "main", 1, 1).key,
        ops.put_id("CP1", "profile", "main", 2, 1).key,
        ops.put_id("CP1", "profile", "other", 1, 1).key,
        ops.put_id("CP1", "reservation", "main", 1, 1).key,
        ops.put_id("CP2", "profile", "main", 1, 1).key,
        ops.put_token("main", "a", b"", 1.0).key,
        ops.put_token("other", "a", b"", 1.0).key,
        ops.put_setting("a", b"").key,
        ops.reserve_ids(1).key,
    ]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "op",
    [
        ops.put_outbox(message(1)),
        ops.bury(1, "refused", 1.0),
        ops.bury_all("CP1", "main", "refused", 1.0),
        ops.revive(1, 2),
        ops.drop_outboxes("CP1", "main"),
        ops.forget_station("CP1"),
        ops.expire_tokens(1.0),
    ],
)
def test_what_is_about_more_than_one_row_is_never_merged(op):
    assert op.key is None
