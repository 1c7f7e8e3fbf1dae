"""Why a handshake is refused, as a value on its way to a status line, a metric and a log line."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import hdrs, web

SERVER = "Switchboard"
RETRY_AFTER = 30
"""Seconds a station is asked to stay away after 503; a station's own back-off starts about there (2.0.1 B.2)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """`reason` is one of `broker.metrics.REFUSALS`; `text` goes to the station and must not help a stranger."""

    status: int
    reason: str
    text: str
    detail: str = ""
    """For the log only: what exactly was wrong. Never a secret."""
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: str = ""
    """One of `broker.metrics.LIMITS`, when this is a limit."""
    upgrade_and_close: bool = False
    """The specification's way for no common subprotocol: finish the handshake, then close (OCPP-J 1.6 3.2)."""

    def response(self) -> web.Response:
        """The HTTP answer; the connection is closed after it."""
        response = web.Response(status=self.status, text=self.text + "\n", headers=dict(self.headers))
        response.headers[hdrs.SERVER] = SERVER
        if self.status == 503:
            response.headers[hdrs.RETRY_AFTER] = str(RETRY_AFTER)
        response.force_close()
        return response


def unauthorized(detail: str) -> Refusal:
    """401 with the challenge that RFC 9110 11.6.1 asks for; the same for every cause."""
    return Refusal(
        401,
        "credentials",
        "wrong or missing credentials",
        detail,
        {hdrs.WWW_AUTHENTICATE: 'Basic realm="OCPP", charset="UTF-8"'},
    )


def raw_answer(status: int, phrase: str) -> bytes:
    """An answer without a body, for a connection that has no request to answer to."""
    retry = f"Retry-After: {RETRY_AFTER}\r\n" if status == 503 else ""
    return (
        f"HTTP/1.1 {status} {phrase}\r\nServer: {SERVER}\r\n{retry}Content-Length: 0\r\nConnection: close\r\n\r\n"
    ).encode()
