"""What an operator asks of firmware management: updates, and firmware that a Local Controller publishes (block L)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from broker.api import BasePlugin, Context, SessionView, Transfer, operation
from plugins.ocpp201.firmware.courses import COURSES, FIRMWARE, PUBLISH
from plugins.ocpp201.firmware.params import FirmwareStatus, PublishFirmware, UnpublishFirmware, UpdateFirmware
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2
from plugins.shared.file_endpoint import hours_until, offered
from plugins.shared.members import given, time_of
from plugins.shared.request_lives import RequestLives
from plugins.shared.values import timestamp


class Operations(BasePlugin):
    """The operations of `ocpp201.firmware`."""

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self.lives = RequestLives(context, COURSES)
        self._numbers = RequestIds(self.clock)

    @operation("update-firmware", *V2)
    async def update_firmware(self, session: SessionView, params: UpdateFirmware) -> dict[str, Any]:
        """Have the station fetch and install firmware, from the file endpoint or from anywhere, signed or not."""
        number = self._numbers.next() if params.requestId is None else params.requestId
        location = params.location or self._offered(session, FIRMWARE, number, params, params.retrieveDateTime)
        firmware = {
            "location": location,
            "retrieveDateTime": time_of(params.retrieveDateTime) or timestamp(self.clock.now()),
            "installDateTime": time_of(params.installDateTime),
            "signingCertificate": params.signingCertificate,
            # A file of it ends in a line break.
            "signature": None if params.signature is None else params.signature.rstrip("\r\n"),
        }
        payload = {
            "requestId": number,
            "firmware": given(firmware),
            "retries": params.retries,
            "retryInterval": params.retryInterval,
        }
        result = self.result_of(await session.call("UpdateFirmware", given(payload)))
        told = {"status": result.get("status"), "requestId": number, "statusInfo": result.get("statusInfo")}
        return given({**told, "location": None if params.location else location})

    @operation("publish-firmware", *V2)
    async def publish_firmware(self, session: SessionView, params: PublishFirmware) -> dict[str, Any]:
        """Have a Local Controller fetch firmware and offer it to its stations (L03)."""
        number = self._numbers.next() if params.requestId is None else params.requestId
        location = params.location or self._offered(session, PUBLISH, number, params, None)
        payload = {
            "location": location,
            "checksum": params.checksum,
            "requestId": number,
            "retries": params.retries,
            "retryInterval": params.retryInterval,
        }
        result = self.result_of(await session.call("PublishFirmware", given(payload)))
        told = {"status": result.get("status"), "requestId": number, "statusInfo": result.get("statusInfo")}
        return given({**told, "location": None if params.location else location})

    @operation("unpublish-firmware", *V2)
    async def unpublish_firmware(self, session: SessionView, params: UnpublishFirmware) -> dict[str, Any]:
        """Have a Local Controller offer this firmware no longer (L04)."""
        result = self.result_of(await session.call("UnpublishFirmware", {"checksum": params.checksum}))
        return {"status": result.get("status")}

    @operation("firmware-status", *V2)
    async def firmware_status(self, session: SessionView, params: FirmwareStatus) -> dict[str, Any]:
        """What is known of the station's updates and of what it publishes; nothing is sent to it."""
        return await self.lives.shown(session.identity)

    def _offered(
        self,
        session: SessionView,
        kind: str,
        number: int,
        params: UpdateFirmware | PublishFirmware,
        begins: datetime | None,
    ) -> str:
        now = self.clock.now()
        begin = now if begins is None else begins.timestamp()
        hours = params.hours or hours_until(now, begin, params.retries, params.retryInterval)
        done = self._when_done(kind, number)
        return offered(self.files, params.file or "", identity=session.identity, hours=hours, on_done=done)

    def _when_done(self, kind: str, number: int) -> Callable[[Transfer], None]:
        """What the file endpoint calls when a file has passed, or its time is over."""

        def done(transfer: Transfer) -> None:
            self.spawn(self.lives.transferred(kind, number, transfer), name="transfer")

        return done
