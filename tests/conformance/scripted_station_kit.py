"""A station: the `ocpp` package's charge point, which answers what its case expects and nothing else."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import ocpp.v16
from e2e_kit import WAIT, Wire, read
from frame_rules_kit import CSMS, STATION
from ocpp.charge_point import camel_to_snake_case
from ocpp.exceptions import NotSupportedError
from ocpp.routing import on
from ocpp.v16 import call, call_result
from websockets import ConnectionClosed
from websockets.asyncio.client import connect

FROM_CSMS = (
    "CancelReservation", "CertificateSigned", "ChangeAvailability", "ChangeConfiguration", "ClearCache",
    "ClearChargingProfile", "DataTransfer", "DeleteCertificate", "ExtendedTriggerMessage", "GetCompositeSchedule",
    "GetConfiguration", "GetDiagnostics", "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog",
    "InstallCertificate", "RemoteStartTransaction", "RemoteStopTransaction", "ReserveNow", "Reset", "SendLocalList",
    "SetChargingProfile", "SignedUpdateFirmware", "TriggerMessage", "UnlockConnector", "UpdateFirmware",
)  # fmt: skip
VENDOR, MODEL, SERIAL, FIRMWARE = "Vendor", "Model", "SN-0001", "1.0.0"


class JudgedWire(Wire):
    """A connection whose every frame goes past the rules, as soon as it is there."""

    def __init__(self, ws, rules):
        super().__init__(ws)
        self.rules = rules
        rules.connected()
        self._arrived = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    async def _read(self):
        try:
            while True:
                text = await super().recv()
                self.rules.saw(CSMS, text)
                self._arrived.put_nowait(text)
        except ConnectionClosed as closed:
            self._arrived.put_nowait(closed)

    async def recv(self):
        arrived = await self._arrived.get()
        if isinstance(arrived, ConnectionClosed):
            raise arrived
        return arrived

    async def send(self, text):
        """An answer goes out after a ping and its pong: a second call that the CSMS did not hold back has come then."""
        if not text.startswith("[2,"):
            await (await self.ws.ping())
            for _ in range(5):  # what came before the pong is on its way through the loop
                await asyncio.sleep(0)
        self.rules.saw(STATION, text)
        await super().send(text)


class Expected:
    """A call of the CSMS that the case expects; awaited, it is the payload as it stood on the wire."""

    def __init__(self, action, answer, *, optional):
        self.action, self.answer, self.optional = action, answer, optional
        self._payload = asyncio.get_running_loop().create_future()

    def __await__(self):
        return self._within().__await__()

    async def _within(self):
        try:
            async with asyncio.timeout(WAIT):
                return await asyncio.shield(self._payload)
        except TimeoutError:
            raise AssertionError(f"the CSMS sent no {self.action}") from None

    @property
    def came(self):
        return self._payload.done()

    def take(self, payload):
        self._payload.set_result(payload)
        return self.answer(payload) if callable(self.answer) else self.answer


def answering(cls):
    """Give a charge point a handler for every action that a CSMS sends."""
    for action in FROM_CSMS:

        def handler(self, call_unique_id, _action=action, **_):
            return self.asked(_action, call_unique_id)

        handler.__name__ = f"on_{action}"
        setattr(cls, handler.__name__, on(action)(handler))
    return cls


@answering
class Station(ocpp.v16.ChargePoint):
    """One connection of the station."""

    def __init__(self, identity, wire):
        super().__init__(identity, wire, response_timeout=WAIT)
        self.rules = wire.rules
        self.expected = []
        self.lost = False

    # --- what the CSMS asks -----------------------------------------------------------------------------------------

    def expect(self, action, answer, *, optional=False):
        """The next call of the CSMS is this one, unless it is `optional`; `answer` is a payload, or makes one."""
        assert action in FROM_CSMS
        self.expected.append(Expected(action, answer, optional=optional))
        return self.expected[-1]

    def asked(self, action, message_id):
        """Answer a call: the first that is expected, and not another."""
        for one in self.expected:
            if not one.came and one.action == action:
                answer = one.take(self.rules.find(CSMS, message_id).payload)
                return getattr(call_result, action)(**camel_to_snake_case(answer))
            if not one.came and not one.optional:
                break
        self.rules.faults.append(f"{CSMS}: {action}, which no step of the case expects")
        raise NotSupportedError

    @property
    def missing(self):
        """What was expected and never came."""
        return [one.action for one in self.expected if not (one.came or one.optional)]

    async def loses_its_connection(self):
        """Without a word, as with its power."""
        self.lost = True
        self._connection.ws.transport.abort()
        await self._connection.ws.wait_closed()

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
