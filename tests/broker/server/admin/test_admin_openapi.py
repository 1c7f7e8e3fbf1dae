"""The OpenAPI document and docs/api.md say what the listener does."""

import re
from pathlib import Path
from typing import Any

import jsonschema_rs
from backends_kit import BODIES, path_of

from broker.server.admin.openapi import PARAMETERS, document
from broker.server.admin.operations import OPERATIONS
from broker.server.admin.problems import KINDS
from broker.server.admin.shapes import SCHEMAS

DOC = (Path(__file__).parents[4] / "docs" / "api.md").read_text(encoding="utf-8")


def _references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if "$ref" in value else set()
        return own.union(*(_references(item) for item in value.values()))
    return set().union(*map(_references, value)) if isinstance(value, list) else set()


async def test_it_is_served_without_a_token(client: Any) -> None:
    status, body = await client.json("GET", "/api/v1/openapi.json", None)
    assert (status, body["openapi"]) == (200, "3.1.0")
    assert set(body["paths"]) == {operation.path for operation in OPERATIONS}


def test_every_reference_is_there() -> None:
    assert _references(document(OPERATIONS)) == {f"#/components/schemas/{name}" for name in SCHEMAS}


def test_every_parameter_and_problem_is_used() -> None:
    assert {name for operation in OPERATIONS for name in operation.query} == set(PARAMETERS)
    everywhere = {"unauthorized", "forbidden", "internal", "method-not-allowed", "expectation-failed"}
    assert {name for operation in OPERATIONS for name in operation.problems} | everywhere == set(KINDS)


def test_names_of_operations_are_unique() -> None:
    assert len({operation.name for operation in OPERATIONS}) == len(OPERATIONS)


def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for({"components": {"schemas": SCHEMAS}, "$ref": f"#/components/schemas/{name}"})


async def test_answers_are_as_described(client: Any, broker: Any) -> None:
    broker.sessions.connect("CP1")
    broker.sessions.registered = ["CP2"]
    for operation in OPERATIONS:
        if operation.answer:
            asked = BODIES.get(operation.body)
            status, body = await client.json(operation.method, path_of(operation.path), json=asked)
            assert (operation.name, status) == (operation.name, 200)
            _validator(operation.answer).validate(body)
    _validator("Problem").validate((await client.json("GET", "/nothing"))[1])


def test_every_body_that_is_taken_is_as_described() -> None:
    bodies = {operation.body for operation in OPERATIONS if operation.body}
    assert bodies == set(BODIES)
    for name in bodies:
        _validator(name).validate(BODIES[name])


def test_a_parameter_of_messages_has_its_name_on_the_wire() -> None:
    operation = next(operation for operation in OPERATIONS if operation.name == "showOutbox")
    described = document([operation])["paths"][operation.path]["get"]["parameters"]
    assert [row["name"] for row in described] == ["identity", "upstream", "after", "limit"]
    assert described[2]["schema"]["type"] == "integer"


def test_every_operation_is_documented_with_its_role() -> None:
    for operation in OPERATIONS:
        role = operation.role.label if operation.role else "none"
        assert f"| `{operation.method} {operation.path}` | {role} |" in DOC


def test_every_problem_is_documented_with_its_status() -> None:
    rows = {(name, int(status)) for status, name in re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", DOC, re.MULTILINE)}
    assert rows == {(name, kind.status) for name, kind in KINDS.items()}


def test_every_query_parameter_is_documented() -> None:
    for name in PARAMETERS:
        assert f"`{name.rpartition('.')[2]}`" in DOC
