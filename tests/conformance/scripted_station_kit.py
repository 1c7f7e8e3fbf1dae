"""A station: the `ocpp` package's charge point, which answers what its case expects and nothing else."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import ocpp.v16
from e2e_kit import read
from frame_rules_kit import STATION
from judged_wire_kit import Expecting, JudgedWire
from ocpp.charge_point import camel_to_snake_case
from ocpp.routing import on
from ocpp.v16 import call, call_result
from websockets.asyncio.client import connect

FROM_CSMS = (
    "CancelReservation", "CertificateSigned", "ChangeAvailability", "ChangeConfiguration", "ClearCache",
    "ClearChargingProfile", "DataTransfer", "DeleteCertificate", "ExtendedTriggerMessage", "GetCompositeSchedule",
    "GetConfiguration", "GetDiagnostics", "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog",
    "InstallCertificate", "RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList",
    "SetChargingProfile", "SignedUpdateFirmware", "TriggerMessage", "UnlockConnector", "UpdateFirmware",
)  # fmt: skip
VENDOR, MODEL, SERIAL, FIRMWARE = "Vendor", "Model", "SN-0001", "1.0.0"


def answering(cls):
    """Give a charge point a handler for every action that a CSMS sends."""
    for action in FROM_CSMS:

        def handler(self, call_unique_id, _action=action, **_):
            return self.asked(_action, call_unique_id)

        handler.__name__ = f"on_{action}"
        setattr(cls, handler.__name__, on(action)(handler))
    return cls


@answering
class Station(Expecting, ocpp.v16.ChargePoint):
    """One connection of the station."""

    from_csms = FROM_CSMS

    def asked(self, action, message_id):
        """Answer a call."""
        return getattr(call_result, action)(**camel_to_snake_case(self.answer_to(action, message_id)))

    # --- what it says -----------------------------------------------------------------------------------------------

    async def says(self, action, **payload):
        """Make a call; its result as it stood on the wire."""
        message_id = str(self._unique_id_generator())
        request = getattr(call, action)(**camel_to_snake_case(payload))
        await self.call(request, suppress=False, unique_id=message_id)
        return self.rules.find(STATION, message_id).result

    async def boots(self):
        """BootNotification."""
        return await self.says(
            "BootNotification", chargePointVendor=VENDOR, chargePointModel=MODEL, chargePointSerialNumber=SERIAL,
            firmwareVersion=FIRMWARE,
        )  # fmt: skip

    async def status(self, status, *, connector=1, error="NoError"):
        """StatusNotification, which is answered with nothing."""
        told = await self.says(
            "StatusNotification", connectorId=connector, errorCode=error, status=status, timestamp=now()
        )
        assert told == {}

    async def reports(self, event, tech_info=None):
        """SecurityEventNotification, which is answered with nothing."""
        told = await self.says("SecurityEventNotification", type=event, timestamp=now(), techInfo=tech_info)
        assert told == {}

    async def authorizes(self, tag):
        """The idTagInfo of an Authorize."""
        return (await self.says("Authorize", idTag=tag))["idTagInfo"]

    async def starts(self, tag, *, at=None, meter=1000, connector=1, **more):
        """StartTransaction."""
        return await self.says(
            "StartTransaction", connectorId=connector, idTag=tag, meterStart=meter, timestamp=at or now(), **more
        )

    async def stops(self, transaction, reason, *, at=None, meter=2500, **more):
        """StopTransaction."""
        return await self.says(
            "StopTransaction", transactionId=transaction, reason=reason, meterStop=meter, timestamp=at or now(), **more
        )


@asynccontextmanager
async def connected(url, identity, rules, **options):
    """A station on a WebSocket of its own."""
    async with connect(url, subprotocols=["ocpp1.6"], compression=None, ping_interval=None, **options) as ws:
        assert ws.subprotocol == "ocpp1.6"
        station = Station(identity, JudgedWire(ws, rules))
        reading = asyncio.create_task(read(station))
        try:
            yield station
        finally:
            await ws.close()
            await reading


def now():
    """As OCPP writes it."""
    return iso(datetime.now(UTC))


def iso(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
