"""/healthz, /readyz and the problem types."""

from typing import Any


async def test_alive(client: Any, broker: Any) -> None:
    """Alive is not ready: a supervisor must not kill a broker that is draining."""
    broker.ready = False
    assert await client.json("GET", "/healthz", None) == (200, {"status": "ok"})


async def test_ready_or_503(client: Any, broker: Any) -> None:
    assert await client.json("GET", "/readyz", None) == (200, {"status": "ready"})
    broker.ready = False
    status, body = await client.json("GET", "/readyz", None)
    assert (status, body["type"]) == (503, "/api/v1/problems/not-ready")


async def test_a_problem_type_can_be_fetched(client: Any) -> None:
    _, problem = await client.json("GET", "/api/v1/stations/nobody")
    status, meaning = await client.json("GET", problem["type"], None)
    assert (status, meaning["title"], meaning["type"]) == (200, problem["title"], problem["type"])
