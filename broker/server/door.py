"""The station door: who may become a session, decided before the upgrade and before anything else hears of it.

In this order (OCPP-J 1.6 3, OCPP 2.0.1 part 4 3): a WebSocket handshake, a readable identity that is known, the
security profile, the credentials or the certificate, the subprotocol, the plugins, and at last the sessions, which
know about duplicates and upstreams. The first that refuses is the answer.
"""

import asyncio
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from aiohttp import WSCloseCode, hdrs, web
from aiohttp.web_request import BaseRequest

from broker.config import Config, Limits
from broker.hooks import Admit, ConnectionRequest, Refuse
from broker.ocpp import Version
from broker.records import Registrations
from broker.server.authenticate import Shown, authenticate
from broker.server.connection import Connection
from broker.server.handshake import fault_in_handshake
from broker.server.identity import identity_from
from broker.server.refusal import SERVER, Refusal
from broker.server.stations import StationBook, StationRecord
from broker.server.subprotocol import offered_in, pick
from broker.server.terms import Terms
from broker.session.admission import Admission
from broker.session.grants.credential_book import CredentialBook

_REMEMBERED = 10_000
_USER_AGENT = 255


class Admitting(Protocol):
    """What the door asks of `broker.session.Sessions`."""

    async def refusal(self, admission: Admission) -> tuple[int, str, str] | None:
        """Status, one of `broker.metrics.REFUSALS`, and a text; None lets the station in."""

    async def serve(self, admission: Admission, ws: web.WebSocketResponse) -> None:
        """Run the session until it has ended."""


Ask = Callable[[ConnectionRequest], Awaitable[Refuse | Admit | None]]
"""`Plugins.connection_opening`."""


class Door:
    """Decides on handshakes; `reconfigure` replaces what it decides by."""

    def __init__(
        self,
        config: Config,
        *,
        sessions: Admitting,
        ask_plugins: Ask,
        learned: CredentialBook | None = None,
        registrations: Registrations | None = None,
    ) -> None:
        """`learned`: the credentials that were adopted, and `registrations`: what was registered at run time; None
        where there never are any."""
        self._sessions = sessions
        self._ask_plugins = ask_plugins
        self.stopping = False
        """True: every station is sent away with 503."""
        # Stations whose permessage-deflate failed: they get none on their next connection (field-notes Q-33).
        self._uncompressed: OrderedDict[str, None] = OrderedDict()
        self._learned = learned
        if learned is not None:
            learned.may_enter = self._may_enter
        self._registrations = registrations
        self.reconfigure(config)
        if registrations is not None:
            registrations.watchers.append(self._registration_changed)

    def reconfigure(self, config: Config) -> None:
        """Handshakes from now on are judged by `config`."""
        self._book = StationBook(config.stations, config.liveness, self._registrations)
        self._limits: Limits = config.limits
        self._profiles = {profile for listener in config.listeners for profile in listener.security_profiles}

    def serial_number(self, identity: str) -> str | None:
        """The CN of this station's certificate, where one is registered that is not its identity."""
        record = self._book.lookup(identity)
        return None if record is None else record.serial_number

    def _registration_changed(self, identity: str) -> None:
        self._book.registered(identity)  # that of now: a reload may have replaced it

    async def handle(self, request: BaseRequest, connection: Connection, terms: Terms) -> web.StreamResponse:
        """One request: a refusal, or a whole session."""
        try:
            async with asyncio.timeout_at(connection.deadline):
                outcome = await self._judge(request, connection.remote, terms)
        except TimeoutError:
            outcome = Refusal(
                503, "handshake_timeout", "too slow, try again", "no decision in time", limit="handshake_timeout"
            )
        if isinstance(outcome, Refusal):
            return await self._refuse(request, connection, outcome)
        return await self._let_in(request, outcome)

    # --- the decision -----------------------------------------------------------------------------------------------

    async def _judge(self, request: BaseRequest, remote: str, terms: Terms) -> Admission | Refusal:
        if self.stopping:
            return Refusal(503, "stopping", "the broker is stopping")
        found = fault_in_handshake(request) or self._known(request, terms)
        if isinstance(found, Refusal):
            return found
        profile = authenticate(found, _shown(request, terms), terms, self._book, self._learned)
        if isinstance(profile, Refusal):
            return replace(profile, detail=f"{found.identity!r}: {profile.detail}")
        offered = offered_in(request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, ()))
        chosen = pick(offered, terms.subprotocols, terms.subprotocol_aliases, terms.default_subprotocol)
        if chosen is None:
            return _no_subprotocol(found.identity, offered, terms)
        admission = self._admission(request, remote, found, profile, chosen, terms)
        return await self._consent(request, admission, offered)

    def _known(self, request: BaseRequest, terms: Terms) -> StationRecord | Refusal:
        target = _target(request)
        identity = identity_from(target, terms.path, terms.identity_aliases)
        if identity is None:
            return Refusal(404, "bad_identity", "not found", f"no identity in {target.split('?', 1)[0][:255]!r}")
        record = self._book.lookup(identity)
        return record or Refusal(404, "unknown_identity", "not found", f"unknown station {identity!r}")

    def _admission(
        self,
        request: BaseRequest,
        remote: str,
        record: StationRecord,
        profile: int,
        chosen: tuple[Version, str],
        terms: Terms,
    ) -> Admission:
        version, subprotocol = chosen
        admission = Admission(
            identity=record.identity,
            version=version,
            subprotocol=subprotocol,
            security_profile=profile,
            listener=terms.name,
            remote=remote,
            tags=record.tags,
            known=record.known,
            user_agent=request.headers.get(hdrs.USER_AGENT, "")[:_USER_AGENT],
            compress=terms.compress.get(version, False),
        )
        return self._registered(admission, record)

    def _registered(self, admission: Admission, record: StationRecord) -> Admission:
        """The admission of the station that `record` is about."""
        wanted = admission.compress if record.compress is None else record.compress
        return replace(
            admission,
            identity=record.identity,
            tags=record.tags,
            known=record.known,
            compress=wanted and record.identity not in self._uncompressed,
            half_duplex=record.half_duplex,
            ping_interval=record.ping_interval,
            missed_pongs=record.missed_pongs,
        )

    async def _consent(
        self, request: BaseRequest, admission: Admission, offered: tuple[str, ...]
    ) -> Admission | Refusal:
        login = admission.identity
        opinion = await self._ask_plugins(_connection_request(request, admission, offered))
        if isinstance(opinion, Refuse):
            return _refused_by_plugin(opinion, admission.identity)
        if isinstance(opinion, Admit) and opinion.identity is not None:
            admission = self._renamed(admission, opinion.identity)
        if self._learned is not None:
            self._learned.renamed(login, admission.identity)
        refused = await self._sessions.refusal(admission)
        if refused is None:
            return admission
        status, reason, text = refused
        return Refusal(status, reason, text, f"{admission.identity!r}: {text}")

    def _renamed(self, admission: Admission, identity: str) -> Admission:
        record = self._book.lookup(identity)
        if record is None or not record.known:
            return replace(admission, identity=identity)
        return self._registered(admission, record)

    def _may_enter(self, identity: str, profile: int, password: bool) -> str:
        """Why a station would not get in with another security profile; `password`: it was told one of its own."""
        record = self._book.lookup(identity)
        if record is None:
            return "the station is unknown"
        if profile not in self._profiles:
            return f"no listener serves security profile {profile}"
        if profile in (1, 2) and record.password is None and not password:
            return f"no password is known, which security profile {profile} asks for"
        return ""

    # --- the answer -------------------------------------------------------------------------------------------------

    async def _refuse(self, request: BaseRequest, connection: Connection, refusal: Refusal) -> web.StreamResponse:
        if refusal.limit:
            connection.watch.metrics.limit(refusal.limit)
        connection.watch.refused(
            connection.remote, refusal.reason, refusal.detail or refusal.text, status=refusal.status
        )
        if not refusal.upgrade_and_close:
            return refusal.response()
        ws = web.WebSocketResponse(timeout=1.0, compress=False)
        ws.headers[hdrs.SERVER] = SERVER
        await ws.prepare(request)
        await ws.close(code=WSCloseCode.PROTOCOL_ERROR, message=refusal.text.encode())
        return ws

    async def _let_in(self, request: BaseRequest, admission: Admission) -> web.StreamResponse:
        ws: web.WebSocketResponse = web.WebSocketResponse(
            autoping=False,  # the session answers pings itself and counts pongs (field-notes L5)
            heartbeat=None,
            protocols=(admission.subprotocol,) if admission.subprotocol else (),
            compress=admission.compress,
            max_msg_size=self._limits.message_bytes,
        )
        ws.headers[hdrs.SERVER] = SERVER
        if admission.subprotocol:
            # aiohttp looks into the first Sec-WebSocket-Protocol header alone; there may be several.
            ws.headers[hdrs.SEC_WEBSOCKET_PROTOCOL] = admission.subprotocol
        await ws.prepare(request)
        try:
            await self._sessions.serve(admission, ws)
        finally:
            if ws.compress and _inflate_failed(ws):
                self._compression_failed(admission.identity)
        return ws

    def _compression_failed(self, identity: str) -> None:
        self._uncompressed[identity] = None
        if len(self._uncompressed) > _REMEMBERED:
            self._uncompressed.popitem(last=False)


def _inflate_failed(ws: web.WebSocketResponse) -> bool:
    """Whether this end, or the station, could not make sense of compressed frames."""
    if isinstance(ws.exception(), zlib.error):  # aiohttp closes with 1000 or 1006 then
        return True
    return ws.close_code in (WSCloseCode.PROTOCOL_ERROR, WSCloseCode.INVALID_TEXT)


def _target(request: BaseRequest) -> str:
    """What stands in the request line; `rel_url` may have been normalised."""
    return request._message.path


def _shown(request: BaseRequest, terms: Terms) -> Shown:
    ssl_object = None if request.transport is None else request.transport.get_extra_info("ssl_object")
    headers = request.headers.getall(hdrs.AUTHORIZATION, ())
    # Two Authorization headers are an attempt at something (RFC 9110 5.3 allows one); neither counts.
    return Shown(
        authorization=", ".join(headers) if headers else None,
        certificate=None if ssl_object is None else ssl_object.getpeercert(binary_form=True),
        identity=identity_from(_target(request), terms.path, {}) or "",
    )


def _no_subprotocol(identity: str, offered: tuple[str, ...], terms: Terms) -> Refusal:
    names = ", ".join(offered)[:100] or "none"
    return Refusal(
        400,
        "subprotocol",
        f"no common subprotocol; this server speaks {', '.join(terms.subprotocols)}",
        f"{identity!r} offers {names!r}",
        upgrade_and_close=terms.upgrade_and_close,
    )


def _refused_by_plugin(opinion: Refuse, identity: str) -> Refusal:
    status = opinion.status if opinion.status in range(400, 600) else 403
    return Refusal(status, "plugin", opinion.reason[:255] or "refused", f"{identity!r}: {opinion.reason}")


def _connection_request(request: BaseRequest, admission: Admission, offered: tuple[str, ...]) -> ConnectionRequest:
    headers = request.headers.copy()
    headers.popall(hdrs.AUTHORIZATION, None)
    return ConnectionRequest(
        identity=admission.identity,
        remote=admission.remote,
        listener=admission.listener,
        security_profile=admission.security_profile,
        headers=headers,
        subprotocols=offered,
    )
