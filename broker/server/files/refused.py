"""Why a transfer does not take place, or breaks off: a value on its way to a status line, a metric and the log."""

from typing import TypeVar

from aiohttp import hdrs, web

from broker.server.refusal import RETRY_AFTER, SERVER

R = TypeVar("R", bound=web.StreamResponse)


class Refused(Exception):
    """`outcome` is one of `figures.OUTCOMES`; `text` goes to the station."""

    def __init__(self, status: int, outcome: str, text: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.outcome = outcome
        self.headers = headers or {}

    def response(self) -> web.Response:
        """The answer; the connection ends with it, since a body may be on its way that nobody reads."""
        response = dressed(web.Response(status=self.status, text=f"{self}\n", headers=self.headers))
        response.force_close()
        return response


def unknown() -> Refused:
    """The one answer to a token that is unknown, expired, used up, or good for something else."""
    return Refused(404, "unknown", "not found")


def busy() -> Refused:
    """Too many transfers at once."""
    return Refused(503, "busy", "too many transfers, try again", headers={hdrs.RETRY_AFTER: str(RETRY_AFTER)})


def dressed(response: R) -> R:
    """Add the headers that every answer has."""
    response.headers[hdrs.SERVER] = SERVER
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
