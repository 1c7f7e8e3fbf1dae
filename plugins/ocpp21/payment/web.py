"""The back end of a payment page: HTTP routes of the admin listener, with an operator's token.

`POST /plugins/ocpp21.payment/web-payments` with `{"url"}` when a driver has opened the page, and
`POST /plugins/ocpp21.payment/web-payments/{paymentId}` with `{"pspRef"}` when he has paid.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from broker.api import CallFailed, OperationFailed, SessionView
from plugins.ocpp21.payment.pages import Pages, Refused
from plugins.ocpp21.payment.params import Opened, WebPayment
from plugins.ocpp201.versions import V21

PATH = "/web-payments"
Opens = Callable[[SessionView, Opened], Awaitable[dict[str, Any]]]
Starts = Callable[[SessionView, WebPayment], Awaitable[dict[str, Any]]]


class Routes:
    """The two steps of a payment."""

    def __init__(
        self, pages: Pages, session_of: Callable[[str], SessionView | None], opens: Opens, starts: Starts
    ) -> None:
        self._pages, self._session_of = pages, session_of
        self._opens, self._starts = opens, starts

    def rows(self) -> list[web.RouteDef]:
        """For `register_routes`."""
        return [web.post(PATH, self.opened), web.post(PATH + "/{paymentId}", self.paid)]

    async def opened(self, request: web.Request) -> web.Response:
        """A driver has opened the page of a QR code."""
        try:
            params = Opened.model_validate(await _body(request))
            identity = None if params.url is None else self._pages.station_of(params.url)
            if identity is None:
                raise Refused("this is no URL of a QR code")
            return web.json_response(await self._opens(self._session(identity), params))
        except _FAILURES as error:
            return _failed(error)

    async def paid(self, request: web.Request) -> web.Response:
        """He has paid: the station is asked to start."""
        try:
            payment_id = request.match_info["paymentId"]
            params = WebPayment.model_validate({**await _body(request), "paymentId": payment_id})
            page = self._pages.found(payment_id)
            return web.json_response(await self._starts(self._session(page.identity), params))
        except _FAILURES as error:
            return _failed(error)

    def _session(self, identity: str) -> SessionView:
        session = self._session_of(identity)
        if session is None or session.version != V21:
            raise NotThere("the station is not connected, or does not speak OCPP 2.1")
        return session


class NotThere(Exception):
    """The station cannot be asked now."""


_FAILURES = (NotThere, OperationFailed, CallFailed, ValueError)


async def _body(request: web.Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("a JSON object is wanted")
    return body


def _failed(error: Exception) -> web.Response:
    """Without the values that were given: a reference of a payment is a secret."""
    if isinstance(error, ValidationError):
        found = [{"path": list(one["loc"]), "message": one["msg"]} for one in error.errors(include_input=False)]
        return web.json_response({"detail": "not what is taken", "errors": found}, status=422)
    status = 403 if isinstance(error, Refused) else 409 if isinstance(error, NotThere) else 502
    if isinstance(error, ValueError):
        return web.json_response({"detail": "a JSON object is wanted"}, status=400)
    return web.json_response({"detail": str(error)}, status=status)
