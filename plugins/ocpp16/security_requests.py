"""Logs and signed firmware (1.6 white paper L01, N01): requests with a requestId, and what becomes of them.

A request lives in the plugin's documents. Its notifications come in any order, after a reboot too, and some for
requests that an upstream has made: they are kept as well.
"""

import asyncio
import secrets
from datetime import datetime
from typing import Any

from aiohttp import web

from broker.api import (
    BasePlugin,
    Call,
    Direction,
    OperationFailed,
    Reply,
    SessionView,
    Transfer,
    answer,
    operation,
    record,
)
from plugins.ocpp16.security_params import GetLog, SignedUpdateFirmware
from plugins.shared.values import text, timestamp, whole

V16 = "ocpp1.6"
LOG, FIRMWARE = "log", "firmware"
_KINDS = {
    "GetLog": LOG,
    "LogStatusNotification": LOG,
    "SignedFirmwareStatusNotification": FIRMWARE,
    "SignedUpdateFirmware": FIRMWARE,
}
_NOTIFICATIONS = ("LogStatusNotification", "SignedFirmwareStatusNotification")
FINAL = frozenset(
    {"BadMessage", "NotSupportedOperation", "PermissionDenied", "Uploaded", "UploadFailure"}
    | {"DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "Installed", "InvalidSignature"}
)
"""The last words on a request; nothing that comes after one takes it back."""
_IDLE = "Idle"
_MOST_REQUESTS, _MOST_STATUSES = 20, 40
_LOCK = "requests"

Request = dict[str, Any]


class Requests(BasePlugin):
    """The part of `ocpp16.security` that has logs brought and signed firmware installed."""

    @answer(V16, *_NOTIFICATIONS)
    def status_noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """The answer is empty."""
        return {}

    # --- what is recorded -------------------------------------------------------------------------------------------

    @record(V16, "GetLog", "SignedUpdateFirmware", direction=Direction.TO_STATION)
    async def keep_request(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A request and the station's answer to it, whoever has made it."""
        number = whole(call.payload.get("requestId"))
        if number is None:
            return
        said = (text(reply.payload.get("status")) or "") if reply.is_result else reply.code
        async with self._lock(session):
            known = await self._known(session.identity, _KINDS[call.action])
            request = _of(known, number) or self._new(_KINDS[call.action], number)
            request["answer"] = said
            for name, value in (("logType", call.payload.get("logType")), ("filename", _filename(reply))):
                if text(value):
                    request[name] = text(value)
            if said not in ("Accepted", "AcceptedCanceled"):
                request["ended"] = True
            elif said == "AcceptedCanceled":
                self._cancel(session.identity, known, number)
            self._keep(session.identity, known, request)

    @record(V16, *_NOTIFICATIONS, direction=Direction.FROM_STATION)
    async def keep_status(self, session: SessionView, call: Call, reply: Reply) -> None:
        """How far a request has come. Without a requestId it is the newest one's, `Idle` nobody's."""
        status, number = text(call.payload.get("status")), whole(call.payload.get("requestId"))
        if not status or (number is None and status == _IDLE):
            return
        kind = _KINDS[call.action]
        async with self._lock(session):
            known = await self._known(session.identity, kind)
            request = _newest(known) if number is None else _of(known, number) or self._new(kind, number)
            if request is not None and _add(request, status, timestamp(self.clock.now())):
                self._keep(session.identity, known, request)

    def _lock(self, session: SessionView) -> asyncio.Lock:
        """Documents are read, changed and written: one after another for each station."""
        lock: asyncio.Lock = session.state.setdefault(self.context.name, {}).setdefault(_LOCK, asyncio.Lock())
        return lock

    async def _known(self, identity: str, kind: str) -> list[Request]:
        """The oldest first."""
        documents = await self.documents.of(identity)
        found = [value for key, value in documents.items() if key.startswith(f"{kind}:")]
        return sorted(found, key=lambda request: float(request["at"]))

    def _new(self, kind: str, number: int) -> Request:
        return {"kind": kind, "requestId": number, "at": self.clock.now(), "statuses": [], "ended": False}

    def _keep(self, identity: str, known: list[Request], request: Request) -> None:
        """And forget the oldest ones of its kind."""
        others = [one for one in known if one is not request]
        surplus = others[: max(0, len(others) + 1 - _MOST_REQUESTS)]
        self.records.later(
            self.documents.put(identity, _key(request), request),
            *(self.documents.drop(identity, _key(one)) for one in surplus),
        )

    def _cancel(self, identity: str, known: list[Request], number: int) -> None:
        """AcceptedCanceled: the station has given up what it was doing for this one."""
        for one in known:
            if not one["ended"] and one["requestId"] != number:
                one["ended"], one["canceledBy"] = True, number
                self.records.later(self.documents.put(identity, _key(one), one))

    async def show_requests(self, request: web.Request) -> web.Response:
        """The requests of one station, the oldest first."""
        identity = request.match_info["identity"]
        found = [one for kind in (LOG, FIRMWARE) for one in await self._known(identity, kind)]
        return web.json_response({"requests": [_shown(one) for one in found]})

    # --- operations -------------------------------------------------------------------------------------------------

    @operation("get-log", V16)
    async def get_log(self, session: SessionView, params: GetLog) -> dict[str, Any]:
        """Have the station bring its security or diagnostics log, to the file endpoint unless told otherwise."""
        number = _fresh() if params.requestId is None else params.requestId
        location = params.remoteLocation or self._expected(session, number, params.hours)
        log = {
            "remoteLocation": location,
            "oldestTimestamp": _time(params.oldestTimestamp),
            "latestTimestamp": _time(params.latestTimestamp),
        }
        payload = {
            "logType": params.logType,
            "requestId": number,
            "log": _given(log),
            "retries": params.retries,
            "retryInterval": params.retryInterval,
        }
        result = self.result_of(await session.call("GetLog", _given(payload)))
        told = {"status": result.get("status"), "requestId": number, "filename": result.get("filename")}
        return _given({**told, "remoteLocation": location if params.remoteLocation is None else None})

    def _expected(self, session: SessionView, number: int, hours: float) -> str:
        if not self.files.available:
            raise OperationFailed(
                "give remoteLocation: there is no file endpoint, the configuration has no section files"
            )

        def done(transfer: Transfer) -> None:
            self.spawn(self._brought(session, number, transfer), name="log")

        return self.files.expect(identity=session.identity, purpose="log", hours=hours, on_done=done)

    async def _brought(self, session: SessionView, number: int, transfer: Transfer) -> None:
        """The file is there, or its time is over; the station tells its own side of it."""
        async with self._lock(session):
            known = await self._known(session.identity, LOG)
            request = _of(known, number)
            if request is not None:
                request["file"] = {"name": transfer.name, "bytes": transfer.bytes, "ok": transfer.ok}
                self._keep(session.identity, known, request)

    @operation("signed-update-firmware", V16)
    async def signed_update_firmware(self, session: SessionView, params: SignedUpdateFirmware) -> dict[str, Any]:
        """Have the station install firmware whose signature it checks with the certificate that is sent along."""
        number = _fresh() if params.requestId is None else params.requestId
        location = params.location or self._offered(session, params)
        firmware = {
            "location": location,
            "retrieveDateTime": _time(params.retrieveDateTime) or timestamp(self.clock.now()),
            "installDateTime": _time(params.installDateTime),
            "signingCertificate": params.signingCertificate,
            "signature": params.signature.rstrip("\r\n"),  # a file of it ends in a line break
        }
        payload = {
            "requestId": number,
            "firmware": _given(firmware),
            "retries": params.retries,
            "retryInterval": params.retryInterval,
        }
        result = self.result_of(await session.call("SignedUpdateFirmware", _given(payload)))
        told = {"status": result.get("status"), "requestId": number}
        return told if params.location is not None else {**told, "location": location}

    def _offered(self, session: SessionView, params: SignedUpdateFirmware) -> str:
        if not self.files.available:
            raise OperationFailed("give location: the configuration has no section files, so no file endpoint")
        try:
            return self.files.offer(params.file or "", identity=session.identity, hours=params.hours)
        except FileNotFoundError:
            raise OperationFailed(f"the firmware folder has no file {params.file}") from None


def _add(request: Request, status: str, at: str | None) -> bool:
    """Add a status; False for one that is only repeated."""
    statuses: list[dict[str, Any]] = request["statuses"]
    if statuses and statuses[-1]["status"] == status:
        return False
    statuses.append({"status": status, "at": at})
    del statuses[:-_MOST_STATUSES]
    if not request["ended"] or status in FINAL:
        request["status"] = status
    request["ended"] = request["ended"] or status in FINAL
    return True


def _of(known: list[Request], number: int) -> Request | None:
    return next((one for one in known if one["requestId"] == number), None)


def _newest(known: list[Request]) -> Request | None:
    return known[-1] if known else None


def _key(request: Request) -> str:
    return f"{request['kind']}:{request['requestId']}"


def _shown(request: Request) -> Request:
    return {**request, "at": timestamp(request["at"])}


def _filename(reply: Reply) -> Any:
    return reply.payload.get("filename") if reply.is_result else None


def _fresh() -> int:
    """A requestId that no other CSMS is likely to have chosen for this station."""
    return secrets.randbelow(2**31 - 1) + 1


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment.timestamp())


def _given(members: dict[str, Any]) -> dict[str, Any]:
    """Without what was left out: OCPP has no null."""
    return {name: value for name, value in members.items() if value is not None}
