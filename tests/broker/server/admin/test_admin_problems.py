"""RFC 9457."""

import json

import pytest
from aiohttp import web

from broker.server.admin.problems import KINDS, ApiProblem, bare, from_http


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_makes_a_whole_problem(kind: str) -> None:
    response = ApiProblem(kind, "for people", extra=[1]).response()
    assert response.status == KINDS[kind].status >= 400
    assert response.content_type == "application/problem+json"
    assert json.loads(response.body or b"") == {
        "type": f"/api/v1/problems/{kind}",
        "title": KINDS[kind].title,
        "status": response.status,
        "detail": "for people",
        "extra": [1],
    }


@pytest.mark.parametrize("status", [400, 410, 431, 505, 599])
def test_a_bare_status(status: int) -> None:
    body = json.loads(bare(status).body or b"")
    assert (body["type"], body["status"]) == ("about:blank", status)


def test_headers_that_matter_are_kept_and_texts_are_not() -> None:
    response = from_http(web.HTTPMethodNotAllowed("PUT", ["GET"], headers={"X-Inside": "1"}, text="inside"))
    assert (response.status, response.headers["Allow"]) == (405, "GET")
    assert "X-Inside" not in response.headers
    assert b"inside" not in (response.body or b"")
