"""Tokens and roles."""

import asyncio
from typing import Any

import pytest

from broker.server.admin.auth import Role, Token, Tokens
from broker.server.admin.problems import ApiProblem
from broker.server.credentials import hash_password

ALLOWED = [
    ("GET", "/api/v1/stations", {"viewer": 200, "operator": 200, "admin": 200}),
    ("GET", "/api/v1/plugins", {"viewer": 200, "operator": 200, "admin": 200}),
    ("POST", "/api/v1/stations/CP1/calls", {"viewer": 403, "operator": 200, "admin": 200}),
    ("POST", "/api/v1/reload", {"viewer": 403, "operator": 403, "admin": 200}),
]


@pytest.mark.parametrize(("method", "path", "expected"), ALLOWED)
async def test_roles(client: Any, broker: Any, method: str, path: str, expected: dict[str, int]) -> None:
    """A viewer reads, an operator calls, an admin reloads."""
    broker.sessions.connect("CP1")
    body = {"action": "ClearCache", "payload": {}} if path.endswith("calls") else None
    got = {role: (await client.json(method, path, role, json=body))[0] for role in expected}
    assert got == expected


@pytest.mark.parametrize(
    "header",
    [
        "Bearer guessed-one",
        "Bearer",
        "Bearer  ",
        "Basic dmlld2VyOng=",
        "viewer-token-0123456789",
        "Bearer viewer-token-0123456789 x",
        "Bearer viewer-token-012345678",
        "Bearer viewer-token-01234567890",
        "Bearer VIEWER-TOKEN-0123456789",
        "Token viewer-token-0123456789",
    ],
)
async def test_a_wrong_token_is_401_and_says_so(client: Any, header: str) -> None:
    async with client.ask("GET", "/api/v1/stations", None, headers={"Authorization": header}) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="switchboard", error="invalid_token"'
        assert header.split()[-1] not in await response.text()


async def test_no_token_is_401_without_an_error_code(client: Any) -> None:
    """RFC 6750 3.1: who sent no token is not told that it was wrong."""
    async with client.ask("GET", "/api/v1/stations", None) as response:
        assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="switchboard"')


async def test_a_low_role_is_told_which_one_it_takes(client: Any) -> None:
    async with client.ask("POST", "/api/v1/reload", "viewer") as response:
        assert response.status == 403
        assert 'error="insufficient_scope", scope="admin"' in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
async def test_the_scheme_is_case_insensitive(client: Any, tokens: dict[str, str], scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {tokens['viewer']}"}
    assert (await client.json("GET", "/api/v1/stations", None, headers=headers))[0] == 200


async def test_two_authorization_headers_are_refused(raw: Any, tokens: dict[str, str]) -> None:
    line = f"Authorization: Bearer {tokens['admin']}\r\n".encode()
    answer = await raw(b"GET /api/v1/stations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + line + line + b"\r\n")
    assert answer.split(b" ", 2)[1] in (b"400", b"401")


def test_a_digest_is_matched_by_its_text_only() -> None:
    digest = hash_password("correct horse battery staple")
    tokens = Tokens([Token.of("ops", "operator", digest)])
    assert tokens.find(digest) is None
    assert tokens.find("correct horse battery") is None
    found = tokens.find("correct horse battery staple")
    assert found is not None
    assert (found.name, found.role) == ("ops", Role.OPERATOR)


def test_the_strongest_of_equal_tokens_counts() -> None:
    tokens = Tokens([Token.of("a", "viewer", "same"), Token.of("b", "admin", "same"), Token.of("c", "viewer", "same")])
    found = tokens.find("same")
    assert found is not None
    assert found.name == "b"


def test_no_token_is_shown_by_repr() -> None:
    token = Token.of("ops", "admin", "a-very-secret-token")
    assert "secret" not in repr(token)
    assert "digest" not in repr(token)


def test_without_tokens_nobody_gets_in() -> None:
    with pytest.raises(ApiProblem) as caught:
        Tokens(()).authorize(["Bearer "], Role.VIEWER)
    assert caught.value.status == 401


@pytest.mark.parametrize("text", ["\udcff\udcfe", "ü", "a" * 8000])
def test_any_text_can_be_compared(text: str) -> None:
    assert Tokens([Token.of("ops", "admin", "token")]).find(text) is None


async def test_refusals_are_logged_once_a_minute_and_never_with_the_token(
    client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(5):
        await client.json("GET", "/api/v1/stations", None, headers={"Authorization": "Bearer guessed-token-77"})
    out = capsys.readouterr()
    assert (out.out + out.err).count("admin access refused") == 1
    assert "guessed-token-77" not in out.out + out.err


async def test_health_metrics_and_openapi_need_no_token(client: Any) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/api/v1/openapi.json"):
        async with client.ask("GET", path, None) as response:
            assert response.status == 200


async def test_a_withdrawn_token_stops_working_at_the_swap(
    client: Any, broker: Any, admin: Any, tokens: dict[str, str], tmp_path: Any, make_config: Any
) -> None:
    kept = [token for token in broker.config.admin.tokens if token.role == "admin"]
    prepared = await admin.prepare(make_config(tmp_path, tokens=kept), broker.plugins)
    assert (await client.json("GET", "/api/v1/stations", "viewer"))[0] == 200
    admin.swap(prepared)
    assert (await client.json("GET", "/api/v1/stations", "viewer"))[0] == 401
    assert (await client.json("GET", "/api/v1/stations", "admin"))[0] == 200


async def test_a_stream_ends_when_its_token_is_withdrawn(
    client: Any, broker: Any, admin: Any, tmp_path: Any, make_config: Any
) -> None:
    kept = [token for token in broker.config.admin.tokens if token.role == "admin"]
    async with client.ask("GET", "/api/v1/events", "viewer") as response:
        admin.swap(await admin.prepare(make_config(tmp_path, tokens=kept), broker.plugins))
        async with asyncio.timeout(10):
            await response.read()
    assert broker.plugins.observers == []
