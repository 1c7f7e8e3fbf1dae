"""/api/v1/outbox and /api/v1/outbox/{identity}/{upstream}."""

from typing import Any
from urllib.parse import quote

import pytest
from backends_kit import message

PATH = "/api/v1/outbox/CP1/main"


@pytest.fixture
def deliveries(broker: Any) -> Any:
    broker.sessions.registered = ["CP1"]
    return broker.sessions.deliveries


async def test_the_outboxes_by_identity_and_upstream(client: Any, deliveries: Any) -> None:
    deliveries.waiting = {pair: [message(1)] for pair in (("B", "main"), ("A", "main"), ("A", "billing"))}
    status, body = await client.json("GET", "/api/v1/outbox", "viewer")
    assert status == 200
    assert [(row["identity"], row["upstream"]) for row in body["outboxes"]] == [
        ("A", "billing"),
        ("A", "main"),
        ("B", "main"),
    ]
    assert body["outboxes"][0]["depth"] == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("identity=A", ["A billing", "A main"]),
        ("upstream=main", ["A main", "B main"]),
        ("identity=B&upstream=main", ["B main"]),
        ("identity=B&upstream=billing", []),
    ],
)
async def test_they_can_be_picked(client: Any, deliveries: Any, query: str, found: list[str]) -> None:
    deliveries.waiting = {pair: [message(1)] for pair in (("B", "main"), ("A", "main"), ("A", "billing"))}
    _, body = await client.json("GET", f"/api/v1/outbox?{query}")
    assert [f"{row['identity']} {row['upstream']}" for row in body["outboxes"]] == found


async def test_what_an_upstream_said_is_masked(client: Any, deliveries: Any) -> None:
    deliveries.waiting = {("CP1", "main"): [message(1, error="ws://u:S3CRET@main.example refused it")]}
    _, body = await client.json("GET", "/api/v1/outbox")
    assert "S3CRET" not in str(body)
    assert "main.example refused it" in body["outboxes"][0]["error"]


async def test_the_messages_come_by_pages(client: Any, deliveries: Any) -> None:
    deliveries.waiting["CP1", "main"] = [message(number) for number in (2, 3, 5, 8, 13)]
    seen: list[int] = []
    query = "limit=2"
    while query:
        status, body = await client.json("GET", f"{PATH}?{query}", "viewer")
        assert (status, body["identity"], body["upstream"]) == (200, "CP1", "main")
        seen += [row["id"] for row in body["messages"]]
        query = f"limit=2&after={body['next']}" if "next" in body else ""
    assert seen == [2, 3, 5, 8, 13]


async def test_a_page_has_a_hundred_unless_told(client: Any, deliveries: Any) -> None:
    deliveries.waiting["CP1", "main"] = [message(number) for number in range(1, 200)]
    _, body = await client.json("GET", PATH)
    assert (len(body["messages"]), body["next"]) == (100, 100)


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=x", "after=-1", "after=9223372036854775808", "after=", "after=%C2%B2", "x=1"],
)
async def test_a_wrong_query_is_400(client: Any, deliveries: Any, query: str) -> None:
    assert (await client.json("GET", f"{PATH}?{query}"))[0] == 400


async def test_secrets_in_payloads_are_masked(client: Any, deliveries: Any) -> None:
    deliveries.waiting["CP1", "main"] = [message(1, b'{"techInfo":"https://u:S3CRET@x/","meter":1.50}')]
    async with client.ask("GET", PATH) as response:
        text = await response.text()
    assert "S3CRET" not in text
    assert "techInfo" in text


NAMES = ["main", "a/b", "%2F", "100%", "{x}", "with space", "Ü", "a?b#c"]


@pytest.mark.parametrize("upstream", NAMES)
async def test_a_name_is_one_segment_that_is_decoded_once(client: Any, deliveries: Any, upstream: str) -> None:
    deliveries.waiting = {("a/b", upstream): [message(4)]}
    path = f"/api/v1/outbox/a%2Fb/{quote(upstream, safe='')}"
    status, body = await client.json("GET", path)
    assert (status, body["identity"], body["upstream"], len(body["messages"])) == (200, "a/b", upstream, 1)
    assert await client.json("POST", f"{path}/retry") == (200, {"status": "retrying"})
    assert await client.json("DELETE", path) == (200, {"dropped": 1})


async def test_an_outbox_that_has_been_delivered_is_empty_and_not_an_error(client: Any, deliveries: Any) -> None:
    deliveries.waiting.clear()
    assert await client.json("GET", PATH) == (200, {"identity": "CP1", "upstream": "main", "messages": []})
    assert await client.json("DELETE", PATH) == (200, {"dropped": 0})


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("CP1/mian", "unknown-upstream"),
        ("CP9/main", "unknown-station"),
        ("CP1/%00", "unknown-upstream"),
        ("%00/main", "unknown-station"),
    ],
)
async def test_a_misspelt_name_does_not_look_like_an_empty_outbox(
    client: Any, deliveries: Any, path: str, problem: str
) -> None:
    for method, tail in (("GET", ""), ("DELETE", ""), ("POST", "/retry")):
        status, body = await client.json(method, f"/api/v1/outbox/{path}{tail}")
        assert (status, body["type"]) == (404, f"/api/v1/problems/{problem}")
    assert deliveries.waiting["CP1", "main"]


async def test_what_waits_for_an_upstream_that_is_gone_can_be_seen_and_dropped(client: Any, deliveries: Any) -> None:
    deliveries.waiting = {("CP9", "gone"): [message(1)]}
    assert len((await client.json("GET", "/api/v1/outbox/CP9/gone"))[1]["messages"]) == 1
    assert await client.json("DELETE", "/api/v1/outbox/CP9/gone") == (200, {"dropped": 1})
    _, body = await client.json("GET", "/api/v1/outbox/dead?identity=CP9")
    assert [(row["id"], row["reason"]) for row in body["messages"]] == [(1, "dropped")]


async def test_nothing_to_retry_is_told(client: Any, deliveries: Any) -> None:
    deliveries.waiting.clear()
    status, body = await client.json("POST", f"{PATH}/retry")
    assert (status, body["type"]) == (409, "/api/v1/problems/empty-outbox")


@pytest.mark.parametrize(("method", "tail"), [("DELETE", ""), ("POST", "/retry")])
async def test_a_change_takes_an_operator_and_no_body_and_is_logged(
    client: Any, deliveries: Any, capsys: pytest.CaptureFixture[str], method: str, tail: str
) -> None:
    assert (await client.json(method, PATH + tail, "viewer"))[0] == 403
    assert (await client.json(method, PATH + tail, "operator", json={"ids": [1]}))[0] == 422
    assert len(deliveries.waiting["CP1", "main"]) == 2
    capsys.readouterr()
    assert (await client.json(method, PATH + tail, "operator"))[0] == 200
    logged = capsys.readouterr()
    for word in ("outbox", "test-operator", "CP1", "main", "200"):
        assert word in logged.out + logged.err
