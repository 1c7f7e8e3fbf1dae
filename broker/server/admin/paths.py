"""The path of a request as a log may have it: an idTag stands in some."""

from aiohttp.web_request import BaseRequest

_TOKENS = "/api/v1/tokens/"


def logged(request: BaseRequest) -> str:
    """The path, without the token in it."""
    return f"{_TOKENS}..." if request.path.startswith(_TOKENS) else request.path
