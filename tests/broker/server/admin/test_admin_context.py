"""Who is let to a handler."""

from typing import Any

from aiohttp import web

from broker.server.admin.auth import Role
from broker.server.admin.context import guarded


async def _handler(request: web.Request) -> web.Response:
    return web.Response()


def test_without_a_role_nothing_stands_between() -> None:
    assert guarded(None, _handler) is _handler
    assert guarded(Role.VIEWER, _handler) is not _handler


async def test_who_asked_is_known_to_the_handler(client: Any, broker: Any, capsys: Any) -> None:
    await client.json("POST", "/api/v1/reload", "admin")
    out = capsys.readouterr()
    assert "test-admin" in out.out + out.err
