"""The queue of one watching client, and the hub."""

from typing import Any

import pytest

from broker.server.admin import hub
from broker.server.admin.hub import Client, Hub


def make(aborted: list[bool], **filters: Any) -> Client:
    return Client(filters.get("identity"), filters.get("action"), name="t", abort=lambda: aborted.append(True))


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, True),
        ({"identity": "A"}, True),
        ({"identity": "B"}, False),
        ({"action": "X"}, True),
        ({"action": "Y"}, False),
        ({"identity": "A", "action": "Y"}, False),
    ],
)
async def test_wants(filters: dict[str, str], wanted: bool) -> None:
    assert make([], **filters).wants("A", "X") is wanted


async def test_what_waits_comes_in_order_and_together() -> None:
    client = make([])
    client.offer(b"1")
    client.offer(b"2")
    assert await client.next(1) == b"12"
    assert await client.next(0.001) == b""


async def test_one_frame_too_many_ends_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_FRAMES", 2)
    aborted: list[bool] = []
    client = make(aborted)
    for _ in range(5):
        client.offer(b"x")
    assert (aborted, client.closed, await client.next(1)) == ([True], True, b"")


async def test_one_large_frame_alone_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest message may be larger than the share; it must not end a client that keeps up."""
    monkeypatch.setattr(hub, "MAX_BYTES", 10)
    aborted: list[bool] = []
    client = make(aborted)
    client.offer(b"x" * 100)
    assert (await client.next(1), aborted) == (b"x" * 100, [])


async def test_leaving_twice_is_no_error(broker: Any) -> None:
    watching = Hub(broker)
    client = make([])
    watching.join(client)
    watching.leave(client)
    watching.leave(client)
    assert broker.plugins.observers == []


async def test_full(broker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "MAX_CLIENTS", 2)
    watching = Hub(broker)
    for expected in (False, True):
        watching.join(make([]))
        assert watching.full is expected
    watching.close()
    assert watching.full is False
