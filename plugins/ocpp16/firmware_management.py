"""OCPP 1.6 Firmware Management profile: firmware updates, diagnostics, and what becomes of them (4.4, 4.5, 5.9, 5.19).

Who asks for them does not matter: an operator, an upstream or another plugin. What is known of one is a document of
this plugin, in relay mode too.
"""

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    Reply,
    SessionView,
    Transfer,
    Version,
    answer,
    hookimpl,
    operation,
    record,
)
from plugins.ocpp16.file_lives import COURSES, DIAGNOSTICS, FIRMWARE, nothing_to_bring
from plugins.ocpp16.firmware_params import FirmwareStatus, GetDiagnostics, UpdateFirmware
from plugins.shared import file_lives as lives
from plugins.shared.file_endpoint import expected, hours_until, offered, transfer_row
from plugins.shared.file_lives import IDLE, Life
from plugins.shared.locations import shown
from plugins.shared.members import given, life_shown, time_of
from plugins.shared.values import text, timestamp, whole

V16 = "ocpp1.6"
NOTIFICATIONS = {"DiagnosticsStatusNotification": DIAGNOSTICS, "FirmwareStatusNotification": FIRMWARE}
REQUESTS = {"GetDiagnostics": DIAGNOSTICS, "UpdateFirmware": FIRMWARE}
_TIMES = ("retrieveDate", "startTime", "stopTime")
_LONGEST = 255

Change = Callable[[Life | None], Life | None]


class FirmwareManagement(BasePlugin):
    """OCPP 1.6 Firmware Management: has stations update themselves and bring diagnostics, and keeps what they say."""

    name = "ocpp16.firmware_management"

    _statuses: Counter
    _requests: Counter

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._updating: set[str] = set()
        """Stations in the middle of an update: their boots are of interest, and no others cost a look at the store."""

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of this profile."""
        return [
            Action(Version.V16, name, direction, "FirmwareManagement")
            for direction, names in ((Direction.FROM_STATION, NOTIFICATIONS), (Direction.TO_STATION, REQUESTS))
            for name in names
        ]

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`..._statuses_total{kind,status}` as stations report them, `..._requests_total{kind,outcome}`."""
        self._statuses = self.metrics.counter("statuses", "Notifications of stations", ["kind", "status"])
        self._requests = self.metrics.counter("requests", "Requests that stations answered", ["kind", "outcome"])

    @hookimpl
    def register_routes(self) -> list[web.RouteDef]:
        """`GET lives/{identity}`: what is known of the update and the upload of a station, connected or not."""
        return [web.get("/lives/{identity}", self._show)]

    @hookimpl
    async def broker_starting(self, broker: Any) -> None:
        """Recall who is in the middle of an update."""
        for identity, kind, life in await self.documents.all():
            if kind == FIRMWARE and not life["ended"]:
                self._updating.add(identity)

    @answer(V16, *NOTIFICATIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """1.6, 4.4 and 4.5: the answer is empty."""
        return {}

    # --- what is recorded -------------------------------------------------------------------------------------------

    @record(V16, *NOTIFICATIONS, direction=Direction.FROM_STATION)
    async def keep_status(self, session: SessionView, call: Call, reply: Reply) -> None:
        """How far the station has come; true whatever an upstream answers."""
        kind, status = NOTIFICATIONS[call.action], text(call.payload.get("status"))
        if not status:
            return
        self._statuses.labels(kind, status if status in COURSES[kind].states or status == IDLE else "other").inc()
        now = self.clock.now()
        await self._keep(session.identity, kind, lambda life: lives.heard(COURSES[kind], life, status, now))

    @record(V16, *REQUESTS, direction=Direction.TO_STATION)
    async def keep_request(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A request that the station has taken begins a new life, whoever made it; one that it refuses ends none."""
        kind = REQUESTS[call.action]
        self._requests.labels(kind, "taken" if reply.is_result else "refused").inc()
        if not reply.is_result:
            return
        now = self.clock.now()
        asked: dict[str, Any] = {
            "at": now,
            "by": call.origin,
            "location": shown(text(call.payload.get("location")) or ""),
        }
        asked |= given({name: (text(call.payload.get(name)) or "")[:_LONGEST] or None for name in _TIMES})
        asked |= given({name: whole(call.payload.get(name)) for name in ("retries", "retryInterval")})
        life = lives.begun(asked, now)
        if kind == DIAGNOSTICS:
            name = (text(reply.payload.get("fileName")) or "")[:_LONGEST]
            life = {**life, "fileName": name} if name else nothing_to_bring(life, now)
        await self._keep(session.identity, kind, lambda _: life)

    @record(V16, "BootNotification", direction=Direction.FROM_STATION)
    async def keep_boot(self, session: SessionView, call: Call, reply: Reply) -> None:
        """044: a station that installs boots in the middle of it."""
        if session.identity not in self._updating:
            return
        version, now = text(call.payload.get("firmwareVersion")) or "", self.clock.now()
        await self._keep(session.identity, FIRMWARE, lambda life: life and lives.booted(life, version, now))

    async def _keep(self, identity: str, kind: str, change: Change) -> None:
        """Read, change, write; one after another for each station."""
        lock = self._locks.setdefault(identity, asyncio.Lock())
        async with lock:
            known = await self.documents.get(identity, kind)
            life = change(known)
            if life is None or life == known:
                return
            self.records.later(self.documents.put(identity, kind, life))
            if kind == FIRMWARE:
                (self._updating.discard if life["ended"] else self._updating.add)(identity)

    def _when_done(self, kind: str) -> Callable[[Transfer], None]:
        """What the file endpoint calls when a file has passed, or its time is over."""

        def done(transfer: Transfer) -> None:
            row = transfer_row(transfer)
            keeping = self._keep(transfer.identity, kind, lambda life: life and lives.transferred(life, row))
            self.spawn(keeping, name="transfer")

        return done

    # --- operations -------------------------------------------------------------------------------------------------

    @operation("update-firmware", V16)
    async def update_firmware(self, session: SessionView, params: UpdateFirmware) -> dict[str, Any]:
        """Have the station fetch and install firmware, from the file endpoint or from anywhere."""
        begins = self.clock.now() if params.retrieveDate is None else params.retrieveDate.timestamp()
        location = params.location or self._offered(session, params, begins)
        payload = {
            "location": location,
            "retrieveDate": timestamp(begins),
            "retries": params.retries,
            "retryInterval": params.retryInterval,
        }
        self.result_of(await session.call("UpdateFirmware", given(payload)))
        told = {"retrieveDate": payload["retrieveDate"], "location": None if params.location else location}
        return given(told)

    def _offered(self, session: SessionView, params: UpdateFirmware, begins: float) -> str:
        hours = params.hours or hours_until(self.clock.now(), begins, params.retries, params.retryInterval)
        done = self._when_done(FIRMWARE)
        return offered(self.files, params.file or "", identity=session.identity, hours=hours, on_done=done)

    @operation("get-diagnostics", V16)
    async def get_diagnostics(self, session: SessionView, params: GetDiagnostics) -> dict[str, Any]:
        """Have the station bring its diagnostics, to the file endpoint unless told otherwise."""
        location = params.location or self._expected(session, params)
        payload = {
            "location": location,
            "startTime": time_of(params.startTime),
            "stopTime": time_of(params.stopTime),
            "retries": params.retries,
            "retryInterval": params.retryInterval,
        }
        result = self.result_of(await session.call("GetDiagnostics", given(payload)))
        if not result.get("fileName"):  # 6.26: there is nothing to bring
            return {"note": "the station has nothing to upload"}
        return given({"fileName": result["fileName"], "location": None if params.location else location})

    def _expected(self, session: SessionView, params: GetDiagnostics) -> str:
        now = self.clock.now()
        hours = params.hours or hours_until(now, now, params.retries, params.retryInterval)
        done = self._when_done(DIAGNOSTICS)
        return expected(self.files, DIAGNOSTICS, identity=session.identity, hours=hours, on_done=done)

    @operation("firmware-status", V16)
    async def firmware_status(self, session: SessionView, params: FirmwareStatus) -> dict[str, Any]:
        """What is known of the station's update and its diagnostics; nothing is sent to it."""
        return await self._lives(session.identity)

    async def _lives(self, identity: str) -> dict[str, Any]:
        known = await self.documents.of(identity)
        return {kind: life_shown(known.get(kind)) for kind in (FIRMWARE, DIAGNOSTICS)}

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(await self._lives(request.match_info["identity"]))
