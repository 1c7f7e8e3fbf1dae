"""GET and DELETE /api/v1/compare."""

from typing import Any

import jsonschema_rs
import pytest
import structlog

from broker.ocpp import Call, Reply, Version
from broker.server.admin.compare import SHAPES
from broker.server.admin.shapes import SCHEMAS
from broker.session.shadow.differences import Kind


def compared(broker: Any, primary: Reply | None, candidate: Reply | None) -> None:
    call = Call.of("Authorize", {"idTag": "04AB"}, version=Version.V16)
    trial = broker.sessions.comparisons.begin("main", "billing", "CP1", call)
    trial.primary(primary, 2.0, sent=1.0)
    trial.candidate(candidate, 2.0, sent=1.5)


async def test_the_report_is_as_described(client: Any, broker: Any) -> None:
    accepted = Reply.result({"idTagInfo": {"status": "Accepted", "parentIdTag": "04AC"}})
    for other in (accepted, Reply.result({"idTagInfo": {"status": "Blocked"}}), Reply.error("InternalError"), None):
        compared(broker, accepted, other)
    status, body = await client.json("GET", "/api/v1/compare", "viewer")
    assert status == 200
    (pair,) = body["pairs"]
    assert (pair["primary"], pair["candidate"], pair["compared"], pair["equal"]) == ("main", "billing", 3, 1)
    assert pair["missing"] == {"primary": 0, "candidate": 1, "both": 0}
    assert {row["kind"] for row in pair["examples"]} == {"token", "error", "missing_candidate"}
    components = {"components": {"schemas": SCHEMAS}}
    jsonschema_rs.validator_for({**components, "$ref": "#/components/schemas/Comparisons"}).validate(body)


async def test_no_token_is_shown(client: Any, broker: Any) -> None:
    groups = [Reply.result({"idTagInfo": {"status": "Accepted", "parentIdTag": tag}}) for tag in ("04AC", "04AD")]
    compared(broker, *groups)
    async with client.ask("GET", "/api/v1/compare") as response:
        text = await response.text()
    assert "parentIdTag" in text
    assert "04A" not in text


async def test_a_reset_is_for_operators_and_in_the_audit_log(client: Any, broker: Any) -> None:
    compared(broker, None, None)
    assert (await client.json("DELETE", "/api/v1/compare", "viewer"))[0] == 403
    assert broker.sessions.comparisons.report()["pairs"]
    with structlog.testing.capture_logs() as logs:
        assert await client.json("DELETE", "/api/v1/compare", "operator") == (200, {"status": "reset"})
    assert (await client.json("GET", "/api/v1/compare"))[1]["pairs"] == []
    assert [(row["event"], row["by"], row["status"]) for row in logs if row["event"] == "compare reset"] == [
        ("compare reset", "test-operator", 200)
    ]


@pytest.mark.parametrize(
    ("method", "query", "body", "expected"),
    [
        ("GET", "?action=Authorize", None, 400),
        ("DELETE", "?action=Authorize", None, 400),
        ("DELETE", "", {"a": 1}, 422),
    ],
)
async def test_what_does_not_exist_is_refused_and_changes_nothing(
    client: Any, broker: Any, method: str, query: str, body: Any, expected: int
) -> None:
    compared(broker, None, None)
    assert (await client.json(method, f"/api/v1/compare{query}", json=body))[0] == expected
    assert broker.sessions.comparisons.report()["pairs"]


def test_every_kind_of_difference_is_described() -> None:
    kinds = SHAPES["ComparedAction"]["properties"]["differences"]["items"]["properties"]["kind"]["enum"]
    assert set(kinds) == {kind.value for kind in Kind}
    examples = set(SHAPES["ComparedExample"]["properties"]["kind"]["enum"])
    assert examples == {*kinds, "missing_primary", "missing_candidate", "missing_both"}
