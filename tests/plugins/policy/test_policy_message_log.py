"""The log of messages: what is kept, what is not, and without which secrets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from broker.api import Direction, Event, Message, StoreFailed, Version
from broker.testing import Harness
from plugins.policy import message_log
from plugins.policy.message_log import MessageLog

V16 = "ocpp1.6"
Make = Callable[..., Harness]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[Harness] = []

    def build(identity: str = "CP001", **options: Any) -> Harness:
        made.append(Harness((MessageLog, options), identity=identity))
        return made[-1]

    yield build
    for each in made:
        await each.stop()


def event(raw: bytes = b"{}", action: str = "Authorize", kind: str = "call", **more: Any) -> Event:
    fields = {"at": 1.5, "direction": Direction.FROM_STATION, "peer": "main", "message_id": "7", "outcome": ""} | more
    return Event(kind=kind, action=action, raw=raw, **fields)


async def kept(h: Harness) -> list[Message]:
    return await h.records.messages.page()


async def payload_of(h: Harness, one: Event) -> Any:
    await h.ready()
    h.observe(V16, one)
    (row,) = await kept(h)
    return json.loads(row.payload)


async def test_a_message_is_kept_as_it_passed(make: Make) -> None:
    h = make()
    await h.ready()
    h.observe(V16, event(b'{"limit": 1.50}'))
    h.observe(V16, event(b'{"status":"Accepted"}', kind="reply", outcome="result", direction=Direction.TO_STATION))
    first, second = await kept(h)
    assert first == Message(
        id=first.id,
        at=1.5,
        identity="CP001",
        direction="from_station",
        peer="main",
        action="Authorize",
        message_id="7",
        kind="call",
        outcome="",
        payload=b'{"limit": 1.50}',
    )
    assert (second.direction, second.kind, second.outcome) == ("to_station", "reply", "result")
    assert second.id > first.id


SECRETS = [
    event(b'{"key":"AuthorizationKey","value":"S3CRET"}', "ChangeConfiguration"),
    event(b'{"key":"WifiPwd","value":"S3CRET"}', "ChangeConfiguration"),
    event(b'{"configurationKey":[{"key":"AuthorizationKey","value":"S3CRET"}]}', "GetConfiguration", "reply"),
    event(b'{"setVariableData":[{"variable":{"name":"BasicAuthPassword"},"attributeValue":"S3CRET"}]}', "SetVariables"),
    event(b'{"connectionData":{"apn":{"apnPassword":"S3CRET"}}}', "SetNetworkProfile"),
    event(b'{"location":"ftp://u:S3CRET@host/f"}', "GetDiagnostics"),
    event(b'"GenericError","see ftp://u:S3CRET@host/f",{}', "GetDiagnostics", "reply", outcome="error"),
    event(b'[2,"1","ChangeConfiguration",{"key":"WifiPwd","value":"S3CRET"}', "", "malformed"),
]


@pytest.mark.parametrize("secret", SECRETS, ids=lambda one: f"{one.kind} {one.action}")
async def test_no_secret_reaches_the_store(make: Make, secret: Event) -> None:
    h = make()
    await h.ready()
    h.observe(V16, secret)
    (row,) = await kept(h)
    assert b"S3CRET" not in row.payload
    assert b"*****" in row.payload
    json.loads(row.payload)


async def test_no_secret_is_left_of_a_payload_that_is_cut(make: Make) -> None:
    """It is masked first: what is cut off may be the only sign of it."""
    raw = b'{"value":"S3CRET","key":"AuthorizationKey"}'
    assert await payload_of(make(max_payload=20), event(raw, "ChangeConfiguration")) == {
        "cut": 47,
        "text": '{"value":"**********'[:20],
    }


async def test_a_long_payload_is_cut_and_says_so(make: Make) -> None:
    raw = '{"data":"Größe"}'.encode()
    assert await payload_of(make(max_payload=12), event(raw)) == {"cut": 18, "text": '{"data":"Gr'}
    assert await payload_of(make(max_payload=18), event(raw)) == {"data": "Größe"}


async def test_an_error_is_kept_as_its_three_parts(make: Make) -> None:
    error = event(b'"NotSupported","no",{}', "Reset", "reply", outcome="error")
    assert await payload_of(make(), error) == ["NotSupported", "no", {}]


async def test_a_frame_that_nobody_could_read_is_kept_as_a_text(make: Make) -> None:
    assert await payload_of(make(), event(b'[2,"1",\xff', "", "malformed", outcome="not_json")) == '[2,"1",\ufffd'


async def test_payloads_can_be_left_out(make: Make) -> None:
    assert await payload_of(make(payloads=False), event(b'{"idTag":"T"}')) is None


async def test_actions_and_stations_are_chosen(make: Make) -> None:
    h = make(actions=("*Transaction", "Heartbeat"), except_actions=("Heart*",))
    await h.ready()
    for action in ("StartTransaction", "Heartbeat", "Authorize", "StartTransaction"):
        h.observe(V16, event(action=action))
    assert [row.action for row in await kept(h)] == ["StartTransaction", "StartTransaction"]
    for identity, count in (("DE-1", 1), ("FR-1", 0)):
        other = make(identity, identities=("DE-*",))
        await other.ready()
        other.observe(V16, event())
        assert len(await kept(other)) == count


async def test_made_up_actions_do_not_fill_the_memory(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_log, "REMEMBERED", 3)
    h = make()
    await h.ready()
    plugin = _plugin(h)
    for number in range(10):
        h.observe(V16, event(action=f"Made{number}"))
    assert len(plugin._wanted) == 3
    assert len(await kept(h)) == 10


async def test_a_store_that_does_not_write_is_not_flooded(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    h = make()
    await h.ready()
    await h.plugins.start(None)
    monkeypatch.setattr(message_log, "MOST_WAITING", 5)
    monkeypatch.setattr(message_log, "_CHECK_SECONDS", 0.0)
    failing = _failing(h, monkeypatch)
    for _ in range(8):
        h.observe(V16, event())
    await _plugin_waits(h)
    h.observe(V16, event())
    assert _dropped(h) == 4
    failing.clear()
    await _plugin_waits(h, until=0)
    h.observe(V16, event())
    assert len(await kept(h)) == 6
    assert _dropped(h) == 4


async def test_neither_by_many_bytes(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    h = make()
    await h.ready()
    await h.plugins.start(None)
    monkeypatch.setattr(message_log, "MOST_BYTES", 100)
    monkeypatch.setattr(message_log, "_CHECK_SECONDS", 0.0)
    for _ in range(3):
        h.observe(V16, event(b'{"data":"%b"}' % (b"x" * 80)))
    assert _dropped(h) == 1
    await _plugin_waits(h, until=0)
    h.observe(V16, event())
    assert len(await kept(h)) == 3
    await _plugin_waits(h, until=0)
    assert _plugin(h)._waiting == 0


async def test_what_comes_while_the_disk_writes_still_waits(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    h = make()
    await h.ready()
    monkeypatch.setattr(message_log, "_CHECK_SECONDS", 0.0)
    commit, waiting = h.records.commit, []

    async def slow(*changes: Any) -> None:
        if not waiting:
            h.observe(V16, event())
        waiting.append(_plugin(h)._waiting)
        await commit(*changes)

    monkeypatch.setattr(h.records, "commit", slow)
    h.observe(V16, event())
    await _plugin_waits(h, until=0)
    assert waiting == [2, 1]


def _plugin(h: Harness) -> MessageLog:
    (handler,) = h.plugins.table(Version.V16).chain(Direction.FROM_STATION, "Authorize").observe
    plugin = handler.call.__self__
    assert isinstance(plugin, MessageLog)
    return plugin


def _dropped(h: Harness) -> float:
    return h.contexts.registry.get_sample_value("switchboard_plugin_policy_message_log_dropped_total") or 0.0


def _failing(h: Harness, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Commits fail while the list is not empty."""
    reasons, commit = ["the disk is full"], h.records.commit

    async def fails(*changes: Any) -> None:
        if reasons:
            raise StoreFailed(reasons[0])
        await commit(*changes)

    monkeypatch.setattr(h.records, "commit", fails)
    return reasons


async def _plugin_waits(h: Harness, until: int | None = None) -> None:
    """Let the plugin look a few times after what it gave; until so much waits."""
    for _ in range(20):
        await asyncio.sleep(0)
    async with asyncio.timeout(30):
        while until is not None and _plugin(h)._waiting != until:
            await asyncio.sleep(0.001)
