"""A station with a queue of its own, as OCPP 1.6 3.7 and 2.0.1 E04 want it: in order, until it is answered."""

import asyncio
import json
from contextlib import suppress

from aiohttp import ClientError, WSMsgType
from machine_history_kit import stamp

V16, V201 = "ocpp1.6", "ocpp2.0.1"

#: Seconds after which the broker may give up a call to a station.
PATIENCE = 1.0
_SLACK = 0.1
_THINKS = 0.003


class Station:
    """One open call at a time; what is not answered stays at the head of the queue of its version."""

    def __init__(self, identity, version, history, client, port, routes):
        self.identity = identity
        self.version = version
        self.slow = False
        self.wanted = False
        self.queues = {V16: [], V201: []}
        self.running = {V16: [], V201: []}
        """Charges that have begun, and whose end is not on the way."""
        self._history = history
        self._client = client
        self._port = port
        self._routes = routes
        """The routes that it may be under now; shared with the world."""
        self._ws = None
        self._reader = None
        self._open = None
        """(message id, message or None) of its open call."""
        self._count = 0
        self._asked = []
        self._boots = self._spoken = False
        self.deaf = False
        self.used = set()

    @property
    def connected(self):
        return self._ws is not None

    @property
    def idle(self):
        return self._open is None and not (self.connected and self.queues[self.version])

    @property
    def done(self):
        return self._open is None and not any(self.queues.values())

    # --- its connection ---------------------------------------------------------------------------------------------

    async def connect(self):
        """False where the broker does not let it in."""
        try:
            async with asyncio.timeout(3.0):
                ws = await self._client.ws_connect(f"ws://127.0.0.1:{self._port}/{self.identity}/{self.version}")
        except (ClientError, OSError, TimeoutError):
            return False
        self._history.log(self.identity, "connected", self.version)
        self.deaf = False
        self._spoken = False
        self.used.add(self.version)
        self._ws = ws
        self._reader = asyncio.get_running_loop().create_task(self._read(ws), name=f"station {self.identity}")
        return True

    async def drop(self):
        """Power off: nothing is said, nothing more is read."""
        ws, self._ws = self._ws, None
        if ws is None:
            return
        self._history.log(self.identity, "drops")
        ws._writer.transport.abort()
        self._lost()
        self._reader.cancel()
        await asyncio.wait((self._reader,))

    def _lost(self):
        self._open = None
        self._asked.clear()

    async def _read(self, ws):
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame[0] == 2:
                await self._command(ws, *frame[1:4])
            else:
                self._answered(frame)
        if self._ws is ws:
            self._history.log(self.identity, "lost its connection", ws.close_code)
            self._ws = None
            self._lost()

    # --- what it says -----------------------------------------------------------------------------------------------

    def say(self, kind, charge=None):
        """Put a message into the queue."""
        message = self._history.message(self.identity, self.version, kind, charge)
        self.queues[self.version].append(message)
        return message

    async def boot(self):
        self._boots = True

    async def pump(self):
        """Send what is next, if nothing is open."""
        if self._ws is None or self._open is not None:
            return
        if self._boots:
            self._boots = False
            await self._call(None, "BootNotification", _boot(self.version))
        elif self.queues[self.version]:
            message = self.queues[self.version][0]
            message.routes += [route for route in self._routes if route not in message.routes]
            message.sent += 1
            message.sent_at = message.sent_at or self._history.clock()
            await self._call(message, *_call(message))

    async def other(self):
        """Something that is not of a transaction, and nothing to wait for."""
        if self._ws is not None and self._open is None:
            if self.version == V16:
                payload = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
            else:
                payload = {"timestamp": stamp(0), "connectorStatus": "Available", "evseId": 1, "connectorId": 1}
            await self._call(None, "StatusNotification", payload)

    async def beat(self):
        """What every station says sooner or later."""
        if self._ws is not None and self._open is None and not self._spoken:
            await self._call(None, "Heartbeat", {})

    async def _call(self, message, action, payload):
        self._count += 1
        message_id = f"s{self._count}"
        self._open, self._spoken = (message_id, message), True
        self._history.log(self.identity, "->", action, message.number if message else "", payload.get("transactionId"))
        await self._write(self._ws, [2, message_id, action, payload])

    async def _write(self, ws, frame):
        with suppress(ConnectionError, RuntimeError):
            await ws.send_str(json.dumps(frame))

    def _answered(self, frame):
        if self._open is None or frame[1] != self._open[0]:
            self._history.violation(f"{self.identity} got an answer to no call of its own: {frame}")
            return
        message = self._open[1]
        self._history.log(self.identity, "<-", frame[0], message.number if message else "", frame[2:3], self.deaf or "")
        if message is not None and frame[0] == 3:
            message.answers.append((self._history.life, frame[2]))
        if self.deaf:
            return
        self._open = None
        if message is not None and frame[0] == 3:
            self._acknowledged(message, frame[2])

    def _acknowledged(self, message, payload):
        message.acknowledged = True
        message.routes += [route for route in self._routes if route not in message.routes]
        self.queues[self.version].remove(message)
        if message.kind == "start":
            message.charge.id = number = payload["transactionId"]
            others = [one for one in self._history.charges if one.identity == self.identity and one.id == number]
            if len(others) > 1:
                self._history.violation(f"{self.identity} was given the id {number} twice")

    # --- what it is told --------------------------------------------------------------------------------------------

    async def _command(self, ws, message_id, action, payload):
        now = self._history.clock()
        self._history.log(self.identity, "<-", action, payload)
        if self._asked and now - self._asked[-1] < PATIENCE - _SLACK:
            self._history.violation(f"{self.identity} got {action} while another call was open")
        self._asked.append(now)
        # Not here: a second call has to be seen while this one is open.
        task = asyncio.get_running_loop().create_task(self._obey(ws, message_id, action, payload))
        task.add_done_callback(lambda done: done.cancelled() or done.result())

    async def _obey(self, ws, message_id, action, payload):
        result = {"status": "Accepted"}
        if action in ("RemoteStopTransaction", "RequestStopTransaction"):
            meant = [one for one in self._history.charges if one.identity == self.identity]
            meant = [one for one in meant if one.id == payload["transactionId"]]
            if not meant:
                self._history.violation(f"{self.identity} was told to stop {payload}, which is not its own")
            self._history.told_to_stop += meant
        elif action == "DataTransfer":
            result["data"] = f"{payload['data']}@{self.identity}"
        await asyncio.sleep(10 * _THINKS if self.slow else _THINKS)
        if self._ws is ws:
            self._asked.pop()
            await self._write(ws, [3, message_id, result])


def _boot(version):
    if version == V16:
        return {"chargePointVendor": "V", "chargePointModel": "M"}
    return {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}


def _call(message):
    return {
        "start": _start,
        "meter": _meter,
        "stop": _stop,
        "begin": _event,
        "update": _event,
        "end": _event,
        "security": _security,
    }[message.kind](message)


def _start(message):
    at = stamp(message.number)
    return "StartTransaction", {"connectorId": message.charge.connector, "idTag": "T", "meterStart": 1, "timestamp": at}


def _meter(message):
    values = [{"timestamp": stamp(message.number), "sampledValue": [{"value": str(message.number)}]}]
    connector, number = message.charge.connector, message.charge.id
    return "MeterValues", {"connectorId": connector, "transactionId": number, "meterValue": values}


def _stop(message):
    return "StopTransaction", {"transactionId": message.charge.id, "meterStop": 5, "timestamp": stamp(message.number)}


_TYPES = {
    "begin": ("Started", "CablePluggedIn"),
    "update": ("Updated", "MeterValuePeriodic"),
    "end": ("Ended", "EVDeparted"),
}


def _event(message):
    kind, trigger = _TYPES[message.kind]
    payload = {
        "eventType": kind,
        "timestamp": stamp(message.number),
        "triggerReason": trigger,
        "seqNo": message.number,
        "transactionInfo": {"transactionId": message.charge.id},
        "evse": {"id": message.charge.connector},
    }
    if message.sent > 1:
        payload["offline"] = True  # it has become a message of the queue
    return "TransactionEvent", payload


def _security(message):
    return "SecurityEventNotification", {"type": "SettingSystemTime", "timestamp": stamp(message.number)}
