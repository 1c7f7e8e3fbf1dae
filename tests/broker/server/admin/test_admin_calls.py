"""POST /api/v1/stations/{identity}/calls."""

import json
from typing import Any

import pytest

from broker.hooks.call_errors import CallFailed, CallTimeout, NotConnected, QueueFull
from broker.ocpp import Reply, Version
from broker.server.admin.calls import order_of
from broker.server.admin.problems import ApiProblem

PATH = "/api/v1/stations/CP1/calls"
GOOD = {"action": "ClearCache", "payload": {}}
JSON = {"Content-Type": "application/json"}


async def test_a_result_is_the_stations_own_text(client: Any, broker: Any) -> None:
    session = broker.sessions.connect("CP1")
    session.answer = Reply.result(b'{"status":"Accepted", "power": 1.50, "big": 12345678901234567890}')
    async with client.ask("POST", PATH, "operator", json=GOOD) as response:
        assert response.status == 200
        assert await response.read() == (
            b'{"result":{"status":"Accepted", "power": 1.50, "big": 12345678901234567890}}'
        )
    assert session.calls == [("ClearCache", {}, None, "api")]


async def test_timeout_and_payload_reach_the_session(client: Any, broker: Any) -> None:
    session = broker.sessions.connect("CP1")
    body = {"action": "Reset", "payload": {"type": "Soft"}, "timeout": 2.5}
    assert (await client.json("POST", PATH, json=body))[0] == 200
    assert session.calls == [("Reset", {"type": "Soft"}, 2.5, "api")]


async def test_a_number_keeps_its_text(client: Any, broker: Any) -> None:
    session = broker.sessions.connect("CP1")
    data = b'{"action":"Anything","payload":{"limit":1.50},"validate":false}'
    assert (await client.json("POST", PATH, data=data, headers=JSON))[0] == 200
    assert session.calls[0][1]["limit"].text == "1.50"


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (NotConnected("CP1 left"), 409, "not-connected"),
        (CallTimeout("no answer"), 504, "no-answer"),
        (QueueFull("64 calls wait"), 429, "queue-full"),
        (CallFailed("a plugin dropped the call"), 504, "dropped"),
    ],
)
async def test_no_reply(client: Any, broker: Any, error: Exception, status: int, kind: str) -> None:
    broker.sessions.connect("CP1").answer = error
    got, body = await client.json("POST", PATH, json=GOOD)
    assert (got, body["type"], body["detail"]) == (status, f"/api/v1/problems/{kind}", str(error))


async def test_a_full_queue_says_when_to_come_back(client: Any, broker: Any) -> None:
    broker.sessions.connect("CP1").answer = QueueFull("full")
    async with client.ask("POST", PATH, json=GOOD) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "1")


async def test_a_callerror_is_502_with_the_error(client: Any, broker: Any) -> None:
    broker.sessions.connect("CP1").answer = Reply.error("NotSupported", "no such thing", {"a": 1.25})
    status, body = await client.json("POST", PATH, json=GOOD)
    assert status == 502
    assert body["error"] == {"code": "NotSupported", "description": "no such thing", "details": {"a": 1.25}}
    assert body["status"] == 502


@pytest.mark.parametrize(
    ("identity", "expected"), [("CP1", (409, "not-connected")), ("unheard-of", (404, "unknown-station"))]
)
async def test_a_station_that_is_not_there(client: Any, broker: Any, identity: str, expected: tuple[int, str]) -> None:
    broker.sessions.registered = ["CP1"]
    status, body = await client.json("POST", f"/api/v1/stations/{identity}/calls", json=GOOD)
    assert (status, body["type"].removeprefix("/api/v1/problems/")) == expected
    assert identity in body["detail"]


async def test_payload_against_the_schema(client: Any, broker: Any) -> None:
    """422 says where; the value itself is not repeated, and the station gets nothing."""
    session = broker.sessions.connect("CP1")
    body = {"action": "Reset", "payload": {"type": "secret-nonsense"}}
    status, problem = await client.json("POST", PATH, json=body)
    assert (status, problem["type"]) == (422, "/api/v1/problems/invalid-payload")
    assert "type" in problem["errors"][0]["path"]
    assert "secret-nonsense" not in str(problem)
    assert session.calls == []


async def test_validation_follows_the_stations_version(client: Any, broker: Any) -> None:
    """`Reset` of 1.6 is not `Reset` of 2.0.1."""
    broker.sessions.connect("CP1", Version.V201)
    assert (await client.json("POST", PATH, json={"action": "Reset", "payload": {"type": "Soft"}}))[0] == 422
    assert (await client.json("POST", PATH, json={"action": "Reset", "payload": {"type": "OnIdle"}}))[0] == 200


async def test_an_unknown_action_is_422_unless_it_is_forced(client: Any, broker: Any) -> None:
    session = broker.sessions.connect("CP1")
    body = {"action": "Resett", "payload": {}}
    status, problem = await client.json("POST", PATH, json=body)
    assert (status, problem["detail"]) == (422, "ocpp1.6 has no action of this name; did you mean Reset?")
    assert (await client.json("POST", PATH, json={**body, "validate": False}))[0] == 200
    assert [call[0] for call in session.calls] == ["Resett"]


async def test_a_call_that_only_stations_make_is_422_unless_it_is_forced(client: Any, broker: Any) -> None:
    session = broker.sessions.connect("CP1")
    body = {"action": "Heartbeat", "payload": {}}
    status, problem = await client.json("POST", PATH, json=body)
    assert (status, problem["type"]) == (422, "/api/v1/problems/invalid-payload")
    assert problem["detail"] == "Heartbeat is a call that stations make, not one that they take"
    assert session.calls == []
    assert (await client.json("POST", PATH, json={**body, "validate": False}))[0] == 200


async def test_data_transfer_goes_to_a_station_too(client: Any, broker: Any) -> None:
    broker.sessions.connect("CP1")
    assert (await client.json("POST", PATH, json={"action": "DataTransfer", "payload": {"vendorId": "V"}}))[0] == 200


NOT_JSON = [
    b"",
    b" ",
    b"{",
    b"nonsense",
    b"{'action': 1}",
    b'{"action":"A","payload":{},}',
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b'{"action":"A","action":"B","payload":{}}',
    b'{"action":"A","payload":{"x":1,"x":2}}',
    b'{"action":"A","payload":{"x":NaN}}',
    b'{"action":"A","payload":{"x":Infinity}}',
    b'{"action":"A","payload":{"x":-Infinity}}',
    b'{"action":"A","payload":{"x":1e999}}',
    b'{"action":"A","payload":{"x":' + b"9" * 5000 + b"}}",
    b'{"action":"A","payload":{"x":"\\ud800"}}',
    b'{"action":"A","payload":{"x":"\x01"}}',
    b"[" * 100_000,
    b'{"action":"A","payload":' + b'{"x":' * 100 + b"1" + b"}" * 101,
    b"{}{}",
    b'{"action":"A"}\x00',
]


@pytest.mark.parametrize("data", NOT_JSON, ids=lambda data: repr(data[:40]))
async def test_what_is_not_json_is_400(client: Any, broker: Any, data: bytes) -> None:
    session = broker.sessions.connect("CP1")
    status, body = await client.json("POST", PATH, data=data, headers=JSON)
    assert (status, body["type"]) == (400, "/api/v1/problems/not-json")
    assert session.calls == []


def _named(value: Any) -> str:
    """The same in every process: a set has no order."""
    return str(sorted(value) if isinstance(value, set) else value)[:50]


WRONG_SHAPES: list[tuple[Any, set[str]]] = [
    ([], {""}),
    (None, {""}),
    ("text", {""}),
    (7, {""}),
    (True, {""}),
    ({}, {"action", "payload"}),
    ({"action": "A"}, {"payload"}),
    ({"payload": {}}, {"action"}),
    *[({**GOOD, "action": bad}, {"action"}) for bad in ("", None, 1, [], {}, True, "a" * 256, "a\nb", "\x7f")],
    *[({**GOOD, "payload": bad}, {"payload"}) for bad in (None, [], "{}", 1, False)],
    *[({**GOOD, "timeout": bad}, {"timeout"}) for bad in (0, -1, 601, 10**30, None, "5", True, [], {})],
    *[({**GOOD, "validate": bad}, {"validate"}) for bad in (None, 0, 1, "false", [])],
    ({**GOOD, "tiemout": 5}, {"tiemout"}),
    ({**GOOD, "Action": "A", "x": 1}, {"Action", "x"}),
    (
        {"action": 1, "payload": 1, "timeout": "1", "validate": 1, "x": 1},
        {"action", "payload", "timeout", "validate", "x"},
    ),
]


@pytest.mark.parametrize(("body", "paths"), WRONG_SHAPES, ids=_named)
async def test_a_body_of_another_shape_is_422_with_every_fault(
    client: Any, broker: Any, body: Any, paths: set[str]
) -> None:
    session = broker.sessions.connect("CP1")
    status, problem = await client.json("POST", PATH, data=json.dumps(body).encode(), headers=JSON)
    assert (status, problem["type"]) == (422, "/api/v1/problems/invalid-body")
    assert {error["path"] for error in problem["errors"]} == paths
    assert session.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "nonsense"},
        {"Content-Type": ""},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
    ],
    ids=str,
)
async def test_another_media_type_is_415(client: Any, broker: Any, headers: dict[str, str]) -> None:
    broker.sessions.connect("CP1")
    status, body = await client.json("POST", PATH, data=b"\x1f\x8b" + b"0" * 30, headers=headers)
    assert (status, body["type"]) == (415, "/api/v1/problems/unsupported-media-type")


@pytest.mark.parametrize("content_type", ["application/json", "APPLICATION/JSON", "application/json; charset=UTF-8"])
async def test_json_by_any_spelling(client: Any, broker: Any, content_type: str) -> None:
    broker.sessions.connect("CP1")
    data = json.dumps(GOOD).encode()
    assert (await client.json("POST", PATH, data=data, headers={"Content-Type": content_type}))[0] == 200


def test_an_order_has_defaults() -> None:
    order = order_of({"action": "Reset", "payload": {"type": "Hard"}})
    assert (order.timeout, order.validate) == (None, True)


def test_the_problem_of_an_order_lists_every_fault() -> None:
    with pytest.raises(ApiProblem) as caught:
        order_of({"action": "", "payload": []})
    assert caught.value.status == 422


async def test_every_call_is_in_the_audit_log(client: Any, broker: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Who, whom, what and how it ended; never the payload."""
    broker.sessions.connect("CP1")
    body = {"action": "DataTransfer", "payload": {"vendorId": "V", "data": "do-not-log"}}
    await client.json("POST", PATH, "operator", json=body)
    await client.json("POST", "/api/v1/stations/gone/calls", "operator", json=GOOD)
    logged = capsys.readouterr()
    text = logged.out + logged.err
    assert "test-operator" in text
    assert "DataTransfer" in text
    assert "404" in text
    assert "do-not-log" not in text
