"""GET /api/v1/stations and /stations/{identity}."""

from typing import Any
from urllib.parse import quote

import pytest

IDENTITIES = [
    "CP1",
    "a/b",
    "a|b",
    "with space",
    "100%",
    "%2F",
    "%252F",
    "Ünïcødé-充电",
    "a?b#c",
    "a+b",
    "a;b=c",
    "{x}",
    "a&b",
    "...",
    "x" * 255,
    "'\"<>",
    "a:b@c",
    "~",
    "a\\b",
]


@pytest.mark.parametrize("identity", IDENTITIES)
async def test_an_identity_is_one_percent_encoded_segment(client: Any, broker: Any, identity: str) -> None:
    """Decoded exactly once: %252F is the identity %2F and never a slash."""
    broker.sessions.connect(identity)
    path = f"/api/v1/stations/{quote(identity, safe='')}"
    status, body = await client.json("GET", path)
    assert (status, body["identity"]) == (200, identity)
    status, body = await client.json("POST", f"{path}/calls", json={"action": "ClearCache", "payload": {}})
    assert status == 200
    assert broker.sessions.connected[identity].calls[0][0] == "ClearCache"


@pytest.mark.parametrize(
    "segment",
    ["%zz", "%", "%f", "%00", "%0d%0a", "%ff", "%c3", "%2e%2e", "%2E", "%20", "x" * 256, "%e2%80%a8", "nobody"],
)
async def test_what_is_no_identity_or_nobodys_is_404(client: Any, broker: Any, segment: str) -> None:
    broker.sessions.connect("CP1")
    status, body = await client.json("GET", f"/api/v1/stations/{segment}")
    assert (status, body["type"]) in ((404, "/api/v1/problems/unknown-station"), (404, "/api/v1/problems/not-found"))


async def test_the_list_has_registered_and_connected_stations(client: Any, broker: Any) -> None:
    broker.sessions.connect("B")
    broker.sessions.registered = ["A", "B"]
    status, body = await client.json("GET", "/api/v1/stations", "viewer")
    assert status == 200
    assert [(row["identity"], row["connected"]) for row in body["stations"]] == [("A", False), ("B", True)]
    assert "next" not in body


async def test_the_list_can_be_filtered(client: Any, broker: Any) -> None:
    broker.sessions.connect("B")
    broker.sessions.registered = ["A"]
    for text, expected in (("true", ["B"]), ("false", ["A"])):
        _, body = await client.json("GET", f"/api/v1/stations?connected={text}")
        assert [row["identity"] for row in body["stations"]] == expected


async def test_the_list_can_be_paged(client: Any, broker: Any) -> None:
    broker.sessions.registered = ["A", "B&", "C", "D", "E"]
    seen: list[str] = []
    path = "/api/v1/stations?limit=2"
    while path:
        _, body = await client.json("GET", path)
        seen += [row["identity"] for row in body["stations"]]
        path = f"/api/v1/stations?limit=2&after={quote(body['next'])}" if "next" in body else ""
    assert seen == broker.sessions.registered


@pytest.mark.parametrize(
    "query",
    [
        "connected=yes",
        "connected=",
        "connected=true&connected=true",
        "limit=0",
        "limit=-1",
        "limit=10001",
        "limit=x",
        "limit=%C2%B2",
        "limit=1.5",
        "after=",
        "conected=true",
        "identity=A",
    ],
)
async def test_a_wrong_query_is_400(client: Any, query: str) -> None:
    """A parameter that does not exist is an error: a misspelt filter must not show everything."""
    status, body = await client.json("GET", f"/api/v1/stations?{query}")
    assert (status, body["type"]) == (400, "/api/v1/problems/bad-request")


async def test_what_a_station_sent_in_a_header_cannot_break_the_answer(client: Any, broker: Any) -> None:
    """aiohttp keeps undecodable header bytes as lone surrogates."""
    broker.sessions.connect("CP1")
    row = {"identity": "CP1", "connected": True, "user_agent": "\udcff", "idle": float("inf")}
    broker.sessions.stations = lambda: [row]
    status, body = await client.json("GET", "/api/v1/stations")
    assert status == 200
    assert body["stations"][0]["idle"] is None
