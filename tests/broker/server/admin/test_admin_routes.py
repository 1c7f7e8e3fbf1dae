"""/api/v1/stations/{identity}/route."""

from typing import Any

import pytest

PATH = "/api/v1/stations/CP1/route"
ROUTE = {
    "primary": "main",
    "secondaries": [{"upstream": "billing", "commands": ["TriggerMessage"]}],
    "when_primary_down": "hold",
    "grace": 2.5,
}


async def test_the_route_of_a_station(client: Any) -> None:
    status, body = await client.json("GET", PATH, "viewer")
    assert (status, body["primary"], body["source"], body["state"]) == (200, "local", "configuration", "steady")


async def test_a_route_of_its_own_and_back(client: Any, broker: Any) -> None:
    status, body = await client.json("PUT", PATH, "operator", json=ROUTE)
    assert (status, body["primary"], body["secondaries"], body["state"]) == (200, "main", ["billing"], "switching")
    route = broker.sessions.routes["CP1"]
    assert (route.primary, route.grace, route.secondaries[0].commands) == ("main", 2.5, ["TriggerMessage"])
    assert (await client.json("GET", PATH))[1]["source"] == "api"
    status, body = await client.json("DELETE", PATH, "operator")
    assert (status, body["source"], broker.sessions.routes) == (200, "configuration", {})


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"primary": "nowhere"}, "primary"),
        ({}, "primary"),
        ([], ""),
        ({"primary": "main", "match": {}}, "match"),
        ({"primary": "main", "secondaries": [{"upstream": "main"}]}, "secondaries[0].upstream"),
        ({"primary": "main", "colour": "red"}, "colour"),
        ({"primary": "main", "grace": "long"}, "grace"),
    ],
)
async def test_a_wrong_route_changes_nothing_and_says_where(client: Any, broker: Any, body: Any, path: str) -> None:
    status, answer = await client.json("PUT", PATH, json=body)
    assert (status, answer["type"]) == (422, "/api/v1/problems/invalid-configuration")
    assert [problem["path"] for problem in answer["problems"]] == [path]
    assert path in answer["detail"]
    assert broker.sessions.routes == {}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_an_unknown_station_is_404(client: Any, broker: Any, method: str) -> None:
    body = ROUTE if method == "PUT" else None
    status, answer = await client.json(method, "/api/v1/stations/CP9/route", json=body)
    assert (status, answer["type"]) == (404, "/api/v1/problems/unknown-station")
    assert broker.sessions.routes == {}


async def test_a_registered_station_may_have_a_route_before_it_comes(client: Any, broker: Any) -> None:
    """Until then the one of the configuration is not chosen: nobody knows its version, its listener or its model."""
    broker.sessions.registered = ["CP9"]
    path = "/api/v1/stations/CP9/route"
    status, answer = await client.json("GET", path)
    assert (status, answer["type"]) == (409, "/api/v1/problems/not-connected")
    assert (await client.json("PUT", path, json=ROUTE))[0] == 200
    assert (await client.json("GET", path))[1]["primary"] == "main"
    assert await client.json("DELETE", path) == (200, {"source": "configuration", "state": "steady", "links": []})


async def test_any_station_may_where_unknown_ones_may_connect(client: Any, broker: Any, make_config: Any) -> None:
    stations = broker.config.stations.model_copy(update={"unknown": "accept"})
    broker.config = broker.config.model_copy(update={"stations": stations})
    assert (await client.json("PUT", "/api/v1/stations/CP9/route", json=ROUTE))[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_a_change_takes_an_operator_and_is_logged(
    client: Any, broker: Any, capsys: pytest.CaptureFixture[str], method: str
) -> None:
    body = ROUTE if method == "PUT" else None
    assert (await client.json(method, PATH, "viewer", json=body))[0] == 403
    assert broker.sessions.routes == {}
    capsys.readouterr()
    assert (await client.json(method, PATH, "operator", json=body))[0] == 200
    logged = capsys.readouterr()
    for word in ("route", "test-operator", "CP1", "200", *(("main", "billing") if body else ())):
        assert word in logged.out + logged.err


async def test_a_refused_route_is_logged_too(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    await client.json("PUT", PATH, "operator", json={"primary": "nowhere"})
    logged = capsys.readouterr()
    assert "422" in logged.out + logged.err


async def test_to_go_back_takes_no_body(client: Any, broker: Any) -> None:
    assert (await client.json("DELETE", PATH, json=ROUTE))[0] == 422
