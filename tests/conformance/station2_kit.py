"""A station of OCPP 2.0.1 or 2.1: the `ocpp` package's charge point, which answers what its case expects.

Payloads go as the case writes them: the package would write the names of members anew, and does not know all of those
of 2.1 (`receiptUrl`, `fixedPFInject`). What is said is judged by the rules of the kit, in both directions.

`station.tells_by` is the message for the state of a connector: a station may use StatusNotification or NotifyEvent, and
the CSMS has to take both. A station of 2.0.1 uses the former here and one of 2.1 the latter, unless the case says else.
"""

import asyncio
from contextlib import asynccontextmanager
from itertools import count

import ocpp.v21
import ocpp.v201
from case_kit import V21, V201
from e2e_kit import read
from frame_rules_kit import SENT, STATION
from judged_wire_kit import Expecting, JudgedWire
from ocpp.exceptions import OCPPError
from ocpp.messages import Call
from scripted_station_kit import now
from websockets.asyncio.client import connect

VENDOR, MODEL, SERIAL, FIRMWARE = "Vendor", "Model", "SN-0001", "1.0.0"
STATUS, EVENT = "StatusNotification", "NotifyEvent"
TO_STATION = {  # the modules of the `ocpp` package do not tell the directions apart
    V201: frozenset({
        "CancelReservation", "CertificateSigned", "ChangeAvailability", "ClearCache", "ClearChargingProfile",
        "ClearDisplayMessage", "ClearVariableMonitoring", "CostUpdated", "CustomerInformation", "DataTransfer",
        "DeleteCertificate", "GetBaseReport", "GetChargingProfiles", "GetCompositeSchedule", "GetDisplayMessages",
        "GetInstalledCertificateIds", "GetLocalListVersion", "GetLog", "GetMonitoringReport", "GetReport",
        "GetTransactionStatus", "GetVariables", "InstallCertificate", "PublishFirmware", "RequestStartTransaction",
        "RequestStopTransaction", "ReserveNow", "Reset", "SendLocalList", "SetChargingProfile", "SetDisplayMessage",
        "SetMonitoringBase", "SetMonitoringLevel", "SetNetworkProfile", "SetVariableMonitoring", "SetVariables",
        "TriggerMessage", "UnlockConnector", "UnpublishFirmware", "UpdateFirmware",
    })
}  # fmt: skip
TO_STATION[V21] = TO_STATION[V201] | {
    "AFRRSignal", "AdjustPeriodicEventStream", "ChangeTransactionTariff", "ClearDERControl", "ClearTariffs",
    "GetDERControl", "GetPeriodicEventStream", "GetTariffs", "NotifyAllowedEnergyTransfer", "NotifyWebPaymentStarted",
    "RequestBatterySwap", "SetDERControl", "SetDefaultTariff", "UpdateDynamicSchedule", "UsePriorityCharging",
}  # fmt: skip


class Station(Expecting):
    """One connection of the station."""

    def __init__(self, identity, wire):
        super().__init__(identity, wire)
        self.tells_by = STATUS if self.version == V201 else EVENT
        self.serial = SERIAL
        self.numbers = count(1)
        """Of events and of transactions that it makes."""
        self._tasks = set()

    @property
    def extensions(self):
        """What the handshake has agreed on beyond RFC 6455."""
        return self._connection.ws.response.headers.get("Sec-WebSocket-Extensions", "")

    # --- what the CSMS asks -----------------------------------------------------------------------------------------

    async def _handle_call(self, msg):
        """In place of the package's, which writes the names of members anew."""
        try:
            frame = msg.create_call_result(self.answer_to(msg.action, msg.unique_id))
        except OCPPError as error:
            frame = msg.create_call_error(error)
        await self._send(frame.to_json())

    def answers(self, action, answer, then):
        """Expect a call; `then(payload)` is what the station does once its answer is out, such as a report in parts."""

        def start(payload):
            task = asyncio.create_task(then(payload))
            self._tasks.add(task)
            return answer(payload) if callable(answer) else answer

        return self.expect(action, start)

    async def done(self):
        """What `answers` has begun is over; it raises what went wrong there."""
        while self._tasks:
            await self._tasks.pop()

    # --- what it says -----------------------------------------------------------------------------------------------

    async def says(self, action, /, **payload):
        """Make a call; its result as it stood on the wire."""
        exchanged = await self._called(action, payload, str(self._unique_id_generator()))
        assert exchanged.result is not None, f"{action} was answered {exchanged.error}"
        return exchanged.result

    async def is_refused(self, action, /, **payload):
        """Make a call that is answered with a CALLERROR; its code."""
        message_id = str(self._unique_id_generator())
        self.rules.may_fail.add(message_id)
        exchanged = await self._called(action, payload, message_id)
        assert exchanged.error is not None, f"{action} was answered {exchanged.result}"
        return exchanged.error

    async def _called(self, action, payload, message_id):
        async with self._call_lock:
            await self._send(Call(message_id, action, payload).to_json())
            await self._get_specific_response(message_id, self._response_timeout)
        return self.rules.find(STATION, message_id)

    async def sends(self, **payload):
        """NotifyPeriodicEventStream of 2.1, which nobody answers."""
        frame = Call(str(self._unique_id_generator()), SENT, payload).to_json()
        await self._connection.send("[6" + frame[2:])

    async def tells(self, action, /, **payload):
        """A call that is answered with nothing."""
        assert await self.says(action, **payload) == {}

    async def boots(self, reason="PowerUp", **more):
        """BootNotification."""
        station = {
            "vendorName": VENDOR,
            "model": MODEL,
            "serialNumber": self.serial,
            "firmwareVersion": FIRMWARE,
            **more,
        }
        return await self.says("BootNotification", reason=reason, chargingStation=station)

    async def authorizes(self, id_token, **more):
        """The idTokenInfo of an Authorize."""
        return (await self.says("Authorize", idToken=id_token, **more))["idTokenInfo"]

    async def connector(self, status, *, evse=1, connector=1, by=None):
        """The state of a connector, by the message that the station uses for it."""
        if (by or self.tells_by) == STATUS:
            await self.tells(STATUS, timestamp=now(), connectorStatus=status, evseId=evse, connectorId=connector)
        else:
            component = {"name": "Connector", "evse": {"id": evse, "connectorId": connector}}
            await self.event(component, "AvailabilityState", status)

    async def event(self, component, variable, value, *, trigger="Delta", notified="HardWiredNotification", **more):
        """NotifyEvent with one event; `component` and `variable` are names, or what they are on the wire."""
        one = {
            "eventId": next(self.numbers),
            "timestamp": now(),
            "trigger": trigger,
            "actualValue": value,
            "component": {"name": component} if isinstance(component, str) else component,
            "variable": {"name": variable} if isinstance(variable, str) else variable,
            "eventNotificationType": notified,
            **more,
        }
        await self.tells(EVENT, generatedAt=now(), seqNo=0, tbc=False, eventData=[one])

    async def reports(self, event, tech_info=None):
        """SecurityEventNotification."""
        more = {} if tech_info is None else {"techInfo": tech_info}
        await self.tells("SecurityEventNotification", type=event, timestamp=now(), **more)

    async def in_parts(self, action, parts, *, request_id, **more):
        """A report of several messages: `parts` are the members of each; the last one says so (`tbc`)."""
        for number, part in enumerate(parts):
            tbc = number < len(parts) - 1
            await self.tells(action, requestId=request_id, seqNo=number, tbc=tbc, generatedAt=now(), **more, **part)


class Station201(Station, ocpp.v201.ChargePoint):
    version, from_csms = V201, TO_STATION[V201]


class Station21(Station, ocpp.v21.ChargePoint):
    version, from_csms = V21, TO_STATION[V21]


@asynccontextmanager
async def connected(url, identity, rules, **options):
    """A station on a WebSocket of its own."""
    version = rules.version
    async with connect(url, subprotocols=[version], ping_interval=None, **options) as ws:
        assert ws.subprotocol == version
        station = (Station201 if version == V201 else Station21)(identity, JudgedWire(ws, rules))
        reading = asyncio.create_task(read(station))
        try:
            yield station
            await station.done()
        finally:
            await ws.close()
            await reading
