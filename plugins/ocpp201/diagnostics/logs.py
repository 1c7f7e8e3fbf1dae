"""Logs that stations bring (N01): asked for, and followed to their end."""

from collections.abc import Callable, Mapping
from typing import Any

from broker.api import BasePlugin, Call, Context, Direction, Reply, SessionView, Transfer, operation, record
from plugins.ocpp201.diagnostics.params import GetLog, Nothing
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2
from plugins.shared.file_endpoint import expected, hours_until
from plugins.shared.file_lives import Course
from plugins.shared.locations import shown
from plugins.shared.members import given, time_of
from plugins.shared.request_lives import RequestLives
from plugins.shared.values import text, whole

LOG = "log"
_FAILURES = frozenset({"BadMessage", "NotSupportedOperation", "PermissionDenied", "UploadFailure"})
COURSES = {
    LOG: Course(
        phases=(("Uploading",), (*sorted(_FAILURES), "AcceptedCanceled"), ("Uploaded",)),
        ends=_FAILURES | {"AcceptedCanceled", "Uploaded"},
        again={"Uploading": _FAILURES},
        named=True,
    )
}
_TIMES = ("oldestTimestamp", "latestTimestamp")
_LONGEST = 255


class Logs(BasePlugin):
    """The part of `ocpp201.diagnostics` that has logs brought."""

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self.numbers = RequestIds(self.clock)
        self.lives = RequestLives(context, COURSES)

    @record(V2, "GetLog", direction=Direction.TO_STATION)
    async def keep_request(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A request and the station's answer, whoever made it. AcceptedCanceled ends the one before (N01.FR.12)."""
        number = whole(call.payload.get("requestId"))
        said = (text(reply.payload.get("status")) or "") if reply.is_result else reply.code
        if number is None:
            return
        asked = {"at": self.clock.now(), "by": call.origin, **_asked(call.payload)}
        name = text(reply.payload.get("filename")) if reply.is_result else None
        if name:
            asked["filename"] = name[:_LONGEST]
        await self.lives.answered(session.identity, LOG, number, said, asked)

    @record(V2, "LogStatusNotification", direction=Direction.FROM_STATION)
    async def keep_status(self, session: SessionView, call: Call, reply: Reply) -> None:
        """How far a log has come."""
        status = text(call.payload.get("status"))
        if status:
            await self.lives.heard(session.identity, LOG, whole(call.payload.get("requestId")), status)

    @operation("get-log", V2)
    async def get_log(self, session: SessionView, params: GetLog) -> dict[str, Any]:
        """Have the station bring a log, to the file endpoint unless told otherwise."""
        number = self.numbers.next() if params.requestId is None else params.requestId
        location = params.remoteLocation or self._expected(session, number, params)
        log = {
            "remoteLocation": location,
            "oldestTimestamp": time_of(params.oldestTimestamp),
            "latestTimestamp": time_of(params.latestTimestamp),
        }
        payload = {
            "logType": params.logType,
            "requestId": number,
            "log": given(log),
            "retries": params.retries,
            "retryInterval": params.retryInterval,
        }
        result = self.result_of(await session.call("GetLog", given(payload)))
        told = {name: result.get(name) for name in ("status", "filename", "statusInfo")}
        return given({**told, "requestId": number, "remoteLocation": None if params.remoteLocation else location})

    @operation("log-status", V2)
    async def log_status(self, session: SessionView, params: Nothing) -> dict[str, Any]:
        """What is known of the station's logs; nothing is sent to it."""
        return await self.lives.shown(session.identity)

    def _expected(self, session: SessionView, number: int, params: GetLog) -> str:
        now = self.clock.now()
        hours = params.hours or hours_until(now, now, params.retries, params.retryInterval)
        done = self._when_done(number)
        return expected(self.files, LOG, identity=session.identity, hours=hours, on_done=done, member="remoteLocation")

    def _when_done(self, number: int) -> Callable[[Transfer], None]:
        """What the file endpoint calls when the log is there, or its time is over."""

        def done(transfer: Transfer) -> None:
            self.spawn(self.lives.transferred(LOG, number, transfer), name="log")

        return done


def _asked(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a request; no password of a location."""
    log = payload.get("log")
    members = {**payload, **log} if isinstance(log, Mapping) else payload
    kept: dict[str, Any] = {name: (text(members.get(name)) or "")[:_LONGEST] or None for name in ("logType", *_TIMES)}
    kept |= {name: whole(members.get(name)) for name in ("retries", "retryInterval")}
    return given({**kept, "remoteLocation": shown(text(members.get("remoteLocation")) or "")})
