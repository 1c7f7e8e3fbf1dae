"""Operations over the API."""

import pydantic
import pytest
from structlog.testing import capture_logs

from broker.hooks import CallTimeout, NotConnected, OperationFailed, QueueFull, StationRefused
from broker.ocpp import Version
from broker.store import StoreFailed

PATH = "/api/v1/stations/CP%2F1/operations/reserve"


class Params(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    connectorId: int = 0
    key: str = "k"


class Reserve:
    """An operation whose end the test chooses."""

    def __init__(self):
        self.end = {"status": "Accepted"}
        self.ran = []

    async def run(self, session, params):
        self.ran.append((session.identity, Params.model_validate(params).connectorId))
        if isinstance(self.end, Exception):
            raise self.end
        return self.end


@pytest.fixture
def reserve(broker):
    broker.sessions.connect("CP/1")
    return broker.plugins.offered.setdefault((Version.V16, "reserve"), Reserve())


async def test_an_operation_runs_for_its_station_and_gives_its_result(client, reserve):
    answer = await client.json("POST", PATH, "operator", json={"connectorId": "2"})
    assert answer == (200, {"result": {"status": "Accepted"}})
    assert reserve.ran == [("CP/1", 2)]


async def test_without_a_body_all_is_left_to_the_plugin(client, reserve):
    assert (await client.json("POST", PATH, "operator"))[0] == 200
    assert reserve.ran == [("CP/1", 0)]


async def test_a_viewer_may_list_and_not_run(client, broker, reserve):
    assert await client.json("GET", "/api/v1/operations", "viewer") == (
        200, {"operations": broker.plugins.operations()},
    )  # fmt: skip
    assert (await client.json("POST", PATH, "viewer", json={}))[0] == 403
    assert reserve.ran == []


@pytest.mark.parametrize("body", [[1], 5, "x"])
async def test_a_body_is_an_object(client, reserve, body):
    assert (await client.json("POST", PATH, json=body))[0] == 422


async def test_wrong_parameters_are_named_without_their_values(client, reserve):
    status, problem = await client.json("POST", PATH, json={"connectorId": "s3cret", "extra": "s3cret"})
    assert status == 422
    told = {fault["path"]: fault["detail"] for fault in problem["errors"]}
    assert told.keys() == {"connectorId", "extra"}
    assert told["extra"] == "no such parameter"
    assert "s3cret" not in str(problem)


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (OperationFailed("no transaction"), 409, "operation-failed"),
        (NotConnected("left"), 409, "not-connected"),
        (CallTimeout("late"), 504, "no-answer"),
        (QueueFull("full"), 429, "queue-full"),
        (StoreFailed("disk"), 503, "store-failed"),
    ],
)
async def test_what_did_not_work_is_told(client, reserve, error, status, kind):
    reserve.end = error
    found, problem = await client.json("POST", PATH, json={})
    assert (found, problem["type"]) == (status, f"/api/v1/problems/{kind}")


async def test_a_callerror_is_told_as_for_a_call(client, reserve):
    reserve.end = StationRefused("GenericError", "why", {"a": 1})
    status, problem = await client.json("POST", PATH, json={})
    assert status == 502
    assert problem["error"] == {"code": "GenericError", "description": "why", "details": {"a": 1}}


async def test_unknown_operations_and_stations_are_not_found(client, broker, reserve):
    status, problem = await client.json("POST", PATH.replace("reserve", "fly"), json={})
    assert (status, problem["type"]) == (404, "/api/v1/problems/unknown-operation")
    status, problem = await client.json("POST", PATH.replace("CP%2F1", "CP2"), json={})
    assert (status, problem["type"]) == (404, "/api/v1/problems/unknown-station")
    broker.sessions.registered.append("CP2")
    status, problem = await client.json("POST", PATH.replace("CP%2F1", "CP2"), json={})
    assert (status, problem["type"]) == (409, "/api/v1/problems/not-connected")


async def test_each_run_is_in_the_audit_log_without_its_parameters(client, reserve):
    with capture_logs() as logs:
        await client.json("POST", PATH, "operator", json={"key": "s3cret"})
        reserve.end = OperationFailed("no")
        await client.json("POST", PATH, "operator", json={"key": "s3cret"})
    audit = [row for row in logs if row["event"] == "operation"]
    assert [(row["by"], row["identity"], row["operation"], row["status"]) for row in audit] == [
        ("test-operator", "CP/1", "reserve", 200), ("test-operator", "CP/1", "reserve", 409),
    ]  # fmt: skip
    assert "s3cret" not in str(logs)
