"""The table of operations."""

from typing import Any

from backends_kit import BODIES, path_of

from broker.server.admin.auth import Role
from broker.server.admin.operations import OPERATIONS


def test_whatever_changes_something_takes_more_than_a_viewer() -> None:
    for operation in OPERATIONS:
        if operation.method != "GET":
            assert operation.role is not None
            assert operation.role > Role.VIEWER


def test_only_these_need_no_token() -> None:
    assert {operation.path for operation in OPERATIONS if operation.role is None} == {
        "/healthz",
        "/readyz",
        "/metrics",
        "/api/v1/problems/{name}",
    }


async def test_every_operation_is_routed(client: Any, broker: Any) -> None:
    broker.sessions.connect("CP1")
    for operation in OPERATIONS:
        body = BODIES.get(operation.body)
        async with client.ask(operation.method, path_of(operation.path), json=body) as response:
            assert (operation.name, response.status) == (operation.name, 200)
            assert response.content_type == operation.media_type


async def test_query_parameters_are_refused_where_there_are_none(client: Any) -> None:
    for operation in OPERATIONS:
        if "bad-request" in operation.problems:
            assert (await client.json(operation.method, f"{path_of(operation.path)}?nonsense=1"))[0] == 400
