"""OCPP 2.0.1 and 2.1, functional block L: firmware updates and published firmware, and what becomes of them.

Who asks for them does not matter: an operator, an upstream or another plugin. What is known of each is a document of
this plugin, in relay mode too.
"""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter

from broker.api import Action, Call, Direction, Reply, SessionView, answer, hookimpl, record
from plugins.ocpp201.firmware.courses import COURSES, FIRMWARE, PUBLISH
from plugins.ocpp201.firmware.operations import Operations
from plugins.ocpp201.versions import V2, actions
from plugins.shared.file_lives import IDLE, over
from plugins.shared.locations import shown
from plugins.shared.members import given
from plugins.shared.values import text, whole

NOTIFICATIONS = {"FirmwareStatusNotification": FIRMWARE, "PublishFirmwareStatusNotification": PUBLISH}
REQUESTS = {"PublishFirmware": PUBLISH, "UpdateFirmware": FIRMWARE}
_TEXTS = ("checksum", "installDateTime", "retrieveDateTime")
_NUMBERS = ("retries", "retryInterval")
_LONGEST, _LOCATIONS = 255, 20


class Firmware(Operations):
    """OCPP 2.x firmware management: has stations update themselves, and keeps what they say of it."""

    name = "ocpp201.firmware"

    _statuses: Counter
    _requests: Counter

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of this block."""
        return actions("FirmwareManagement", from_station=[*NOTIFICATIONS], to_station=[*REQUESTS, "UnpublishFirmware"])

    @hookimpl
    def register_metrics(self, registry: CollectorRegistry) -> None:
        """`..._statuses_total{kind,status}` as stations report them, `..._requests_total{kind,outcome}`."""
        self._statuses = self.metrics.counter("statuses", "Notifications of stations", ["kind", "status"])
        self._requests = self.metrics.counter("requests", "Requests that stations answered", ["kind", "outcome"])

    @hookimpl
    def register_routes(self) -> list[web.RouteDef]:
        """`GET lives/{identity}`: what is known of the updates of a station, connected or not."""
        return [web.get("/lives/{identity}", self._show)]

    @hookimpl
    async def broker_starting(self, broker: Any) -> None:
        """Recall who is in the middle of an update."""
        await self.lives.load()

    @answer(V2, *NOTIFICATIONS)
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """L01 to L03: the answer is empty."""
        return {}

    @record(V2, *NOTIFICATIONS, direction=Direction.FROM_STATION)
    async def keep_status(self, session: SessionView, call: Call, reply: Reply) -> None:
        """How far the station has come (L01.FR.10, L01.FR.20: no requestId with `Idle` alone)."""
        kind, status = NOTIFICATIONS[call.action], text(call.payload.get("status"))
        if not status:
            return
        known = status in COURSES[kind].states or status == IDLE
        self._statuses.labels(kind, status if known else "other").inc()
        number, more = whole(call.payload.get("requestId")), given({"locations": _locations(call.payload)})
        await self.lives.heard(session.identity, kind, number, status, **more)

    @record(V2, *REQUESTS, direction=Direction.TO_STATION)
    async def keep_request(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A request and the station's answer, whoever made it. AcceptedCanceled ends the one before (L01.FR.26)."""
        kind, number = REQUESTS[call.action], whole(call.payload.get("requestId"))
        said = (text(reply.payload.get("status")) or "") if reply.is_result else reply.code
        self._requests.labels(kind, "taken" if said in ("Accepted", "AcceptedCanceled") else "refused").inc()
        if number is not None:
            asked = {"at": self.clock.now(), "by": call.origin, **_asked(call.payload)}
            await self.lives.answered(session.identity, kind, number, said, asked)

    @record(V2, "UnpublishFirmware", direction=Direction.TO_STATION)
    async def keep_unpublished(self, session: SessionView, call: Call, reply: Reply) -> None:
        """L04: what is published no longer, or was not there at all."""
        said = text(reply.payload.get("status")) if reply.is_result else None
        checksum = text(call.payload.get("checksum"))
        if said not in ("Unpublished", "NoFirmware") or not checksum:
            return
        now = self.clock.now()
        await self.lives.edit(
            session.identity,
            PUBLISH,
            lambda life: (life["asked"] or {}).get("checksum") == checksum,
            lambda life: over(life, now, unpublished=True),
        )

    @record(V2, "BootNotification", direction=Direction.FROM_STATION)
    async def keep_boot(self, session: SessionView, call: Call, reply: Reply) -> None:
        """L01.FR.15: a station that installs boots in the middle of it."""
        if self.lives.busy(session.identity, FIRMWARE):
            station = call.payload.get("chargingStation")
            version = text(station.get("firmwareVersion")) if isinstance(station, Mapping) else None
            await self.lives.booted(session.identity, FIRMWARE, version or "")

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(await self.lives.shown(request.match_info["identity"]))


def _asked(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a request: certificate and signature are not, and no password of a location."""
    firmware = payload.get("firmware")
    members = {**payload, **firmware} if isinstance(firmware, Mapping) else payload
    kept: dict[str, Any] = {name: (text(members.get(name)) or "")[:_LONGEST] or None for name in _TEXTS}
    kept |= {name: whole(members.get(name)) for name in _NUMBERS}
    signed = None if text(members.get("signature")) is None else True
    return given({**kept, "location": shown(text(members.get("location")) or ""), "signed": signed})


def _locations(payload: Mapping[str, Any]) -> list[str] | None:
    """Where a Local Controller offers what it has published (L03.FR.04)."""
    found = payload.get("location")
    if not isinstance(found, list):
        return None
    return [shown(one) for one in map(text, found[:_LOCATIONS]) if one]
