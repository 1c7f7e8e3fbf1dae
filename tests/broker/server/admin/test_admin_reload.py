"""POST /api/v1/reload."""

from typing import Any

import pytest

from broker.config import ConfigError, Problem
from broker.hooks import PluginError
from broker.hooks.errors import Problem as PluginProblem

FAULT = Problem("routes[0].primary", "'nowhere'", "the name of an upstream")
ROW = {"path": "routes[0].primary", "value": "'nowhere'", "expected": "the name of an upstream"}


@pytest.mark.parametrize("problems", [None, []])
async def test_reloaded(client: Any, broker: Any, problems: Any) -> None:
    broker.problems = problems
    assert await client.json("POST", "/api/v1/reload") == (200, {"status": "reloaded"})
    assert broker.reloads == 1


@pytest.mark.parametrize("problems", [[FAULT], ConfigError([FAULT])])
async def test_every_problem_is_told(client: Any, broker: Any, problems: Any) -> None:
    broker.problems = problems
    status, body = await client.json("POST", "/api/v1/reload")
    assert (status, body["type"]) == (422, "/api/v1/problems/invalid-configuration")
    assert body["problems"] == [ROW]
    assert "routes[0].primary" in body["detail"]


async def test_problems_of_plugins_too(client: Any, broker: Any) -> None:
    broker.problems = PluginError([PluginProblem("mine", "", "no such plugin")])
    _, body = await client.json("POST", "/api/v1/reload")
    assert body["problems"] == [{"path": "plugin mine", "value": "", "expected": "no such plugin"}]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"", "application/json", 200),
        (b"{}", "application/json", 200),
        (b"null", "application/json", 200),
        (b'{"file":"x"}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"x", "application/json", 400),
        (b"x=1", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_a_body_is_not_ignored(client: Any, broker: Any, data: bytes, content_type: str, status: int) -> None:
    """Whoever sends one expects something of it."""
    got, _ = await client.json("POST", "/api/v1/reload", data=data, headers={"Content-Type": content_type})
    assert (got, broker.reloads) == (status, int(status == 200))
