"""/api/v1/messages."""

import json
from typing import Any

import aiohttp
import pytest

from broker.records import Records, StoreFailed
from broker.server.admin import message_log

PATH = "/api/v1/messages"
T0 = 1_767_225_600.0  # 2026-01-01T00:00:00Z


@pytest.fixture
def records(broker: Any) -> Records:
    return broker.records


@pytest.fixture
def add(records: Records) -> Any:
    def one(second: float = 0.0, identity: str = "CP1", action: str = "Heartbeat", **more: Any) -> None:
        fields = {
            "direction": "from_station",
            "peer": "local",
            "message_id": "m1",
            "kind": "call",
            "outcome": "",
            "payload": b"{}",
            **more,
        }
        records.later(records.messages.add(at=T0 + second, identity=identity, action=action, **fields))

    return one


async def _rows(client: Any, query: str = "") -> list[dict[str, Any]]:
    status, body = await client.json("GET", f"{PATH}?{query}", "operator")
    assert status == 200
    return list(body["messages"])


async def _lines(client: Any, query: str = "format=jsonl", **more: Any) -> list[dict[str, Any]]:
    async with client.ask("GET", f"{PATH}?{query}", "operator", **more) as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "application/jsonl")
        return [json.loads(line) for line in (await response.read()).splitlines()]


async def test_a_message_with_all_that_was_kept(client: Any, add: Any) -> None:
    add(0.25, payload=b'{"limit": 1.50}', kind="reply", outcome="result", direction="to_station", peer="api")
    async with client.ask("GET", PATH) as response:
        text = await response.text()
    assert '"payload":{"limit": 1.50}' in text
    (row,) = json.loads(text)["messages"]
    number = row.pop("id")
    assert number >= 1
    assert row == {
        "at": "2026-01-01T00:00:00.250Z",
        "identity": "CP1",
        "direction": "to_station",
        "peer": "api",
        "kind": "reply",
        "action": "Heartbeat",
        "message_id": "m1",
        "outcome": "result",
        "payload": {"limit": 1.5},
    }


FOUND = [
    ("", "012345"),
    ("identity=CP2", "3"),
    ("action=Authorize", "12"),
    ("direction=to_station", "4"),
    ("since=2026-01-01T00:00:02Z", "2345"),
    ("until=2026-01-01T01:00:02%2B01:00", "01"),
    ("until=2026-01-01T01:00:02+01:00", "01"),
    ("since=2026-01-01T00:00:01Z&until=2026-01-01T00:00:04Z&identity=CP1", "12"),
]


@pytest.fixture
def some(add: Any) -> None:
    for second, more in enumerate(
        [{}, {"action": "Authorize"}, {"action": "Authorize"}, {"identity": "CP2"}, {"direction": "to_station"}, {}]
    ):
        add(second, message_id=str(second), **more)


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(("query", "found"), FOUND)
async def test_messages_can_be_picked(client: Any, query: str, found: str) -> None:
    assert "".join(row["message_id"] for row in await _rows(client, query)) == found
    assert "".join(row["message_id"] for row in await _lines(client, f"{query}&format=jsonl".lstrip("&"))) == found


@pytest.mark.usefixtures("some")
async def test_pages_follow_each_other(client: Any) -> None:
    seen, after = "", 0
    for _ in range(3):
        _, body = await client.json("GET", f"{PATH}?limit=2&after={after}")
        seen += "".join(row["message_id"] for row in body["messages"])
        after = body.get("next", -1)
    assert (seen, after) == ("012345", -1)


@pytest.mark.parametrize("accept", ["application/jsonl", "text/plain, application/jsonl;q=0.9"])
async def test_json_lines_by_the_header(client: Any, add: Any, accept: str) -> None:
    add()
    assert len(await _lines(client, "", headers={"Accept": accept})) == 1
    async with client.ask("GET", f"{PATH}?format=json", headers={"Accept": accept}) as response:
        assert response.headers["Content-Type"] == "application/json"


async def test_all_lines_come_in_batches(client: Any, add: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_log, "_BATCH", 4)
    for number in range(13):
        add(number, message_id=str(number))
    assert [row["message_id"] for row in await _lines(client)] == [str(number) for number in range(13)]
    assert len(await _lines(client, "format=jsonl&limit=6")) == 6
    assert len(await _lines(client, "format=jsonl&limit=4")) == 4
    assert [row["message_id"] for row in await _lines(client, "format=jsonl&identity=CP1&limit=1")] == ["0"]


async def test_a_payload_of_several_lines_is_one_line(client: Any, add: Any) -> None:
    add(payload=b'{\r\n  "a": "b\\n"\n}')
    (row,) = await _lines(client)
    assert row["payload"] == {"a": "b\n"}


@pytest.mark.usefixtures("records")
async def test_nothing_kept_is_an_empty_answer(client: Any) -> None:
    assert await _rows(client) == []
    assert await _lines(client) == []


async def test_secrets_are_masked_though_they_were_kept(client: Any, add: Any) -> None:
    """A stranger's plugin may have written them."""
    add(payload=b'{"key":"AuthorizationKey","value":"S3CRET"}')
    assert "S3CRET" not in str(await _rows(client))
    assert "S3CRET" not in str(await _lines(client))


WRONG = [
    "limit=0",
    "limit=1001",
    "after=x",
    "since=yesterday",
    "since=2026-01-01T00:00:00",
    "until=1767225600",
    "direction=both",
    "format=csv",
    "identity=",
    "version=ocpp1.6",
]


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("query", WRONG)
async def test_a_wrong_query_is_400(client: Any, query: str) -> None:
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 400


@pytest.mark.parametrize("query", ["", "format=jsonl"])
async def test_a_store_that_has_failed_is_503(
    client: Any, records: Records, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(**_: Any) -> Any:
        raise StoreFailed("the disk is gone")

    monkeypatch.setattr(records.messages, "page", fails)
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 503


async def test_a_stream_that_breaks_off_can_be_told_from_one_that_ends(
    client: Any, records: Records, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_log, "_BATCH", 2)
    for number in range(5):
        add(number)
    page, asked = records.messages.page, []

    async def fails_then(**more: Any) -> Any:
        asked.append(more)
        if len(asked) == 2:
            raise StoreFailed("the disk is gone")
        return await page(**more)

    monkeypatch.setattr(records.messages, "page", fails_then)
    with pytest.raises(aiohttp.ClientPayloadError):
        await _lines(client)


async def test_a_token_that_is_withdrawn_ends_the_stream(
    client: Any, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message_log, "_BATCH", 2)
    for number in range(5):
        add(number)
    monkeypatch.setattr(message_log, "still_welcome", lambda *_: False)
    with pytest.raises(aiohttp.ClientPayloadError):
        await _lines(client)
