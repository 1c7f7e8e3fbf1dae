"""Paths in logs."""

from aiohttp.test_utils import make_mocked_request

from broker.server.admin.paths import logged


def test_a_token_is_not_logged() -> None:
    for path in ("/api/v1/tokens/04A2B3C4", "/api/v1/tokens/04A2%2FB3C4?x=04A2", "/api/v1/%74okens/04A2B3C4"):
        assert logged(make_mocked_request("GET", path)) == "/api/v1/tokens/..."


def test_any_other_path_is() -> None:
    for path in ("/api/v1/tokens", "/api/v1/stations/CP1", "/metrics"):
        assert logged(make_mocked_request("GET", path)) == path
