"""Stations and CSMSs that know OCPP-J by heart and nothing of the broker: each checks whatever it is sent."""

import asyncio
import inspect
import json
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus
from urllib.parse import unquote

import websockets
from aiohttp import ClientSession
from e2e_kit import TOKEN, WAIT, Refused, document, until
from ocpp.messages import get_validator
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

NOW = "2026-01-01T00:00:00Z"
VERSIONS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")
ACCEPTED = {"status": "Accepted"}
FAIL = object()
"""An answer that is a CALLERROR."""
SILENCE = None


class End:
    """One end of a connection. What it was asked is in `asked`; a breach of OCPP-J by the other end in `faults`."""

    def __init__(self, ws, name, version, answers, log=None):
        self.ws, self.name, self.version = ws, name, version
        self.answers = answers
        self.asked = []
        self.ids = []
        self.faults = []
        self._log = [] if log is None else log
        self._waiting = {}
        self._open = None
        self._count = 0

    async def read(self):
        """Until the connection ends."""
        with suppress(websockets.ConnectionClosed):
            async for text in self.ws:
                frame = json.loads(text)
                if frame[0] == 2:
                    await self._asked(*frame[1:])
                else:
                    self._replied(frame)
        if self._open:
            self._open.cancel()
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(ConnectionError(f"{self.name} is gone"))

    async def _asked(self, message_id, action, payload):
        self._check(2, action, payload)
        if message_id in self.ids:
            self.faults.append(f"the message id {message_id} twice")
        if self._open:
            self.faults.append(f"{action} while another call is open")
        self.ids.append(message_id)
        self.asked.append((action, payload))
        self._log.append((action, payload))
        answer = self.answers.get(action, {})
        answer = answer(payload) if callable(answer) else answer
        if inspect.isawaitable(answer):
            self._open = asyncio.create_task(self._later(message_id, answer))
        else:
            await self._reply(message_id, answer)

    async def _later(self, message_id, answer):
        answer, self._open = await answer, None
        with suppress(websockets.ConnectionClosed):
            await self._reply(message_id, answer)

    async def _reply(self, message_id, answer):
        if answer is FAIL:
            await self.ws.send(json.dumps([4, message_id, "InternalError", "on purpose", {}]))
        elif answer is not SILENCE:
            await self.ws.send(json.dumps([3, message_id, answer]))

    def _replied(self, frame):
        action, future = self._waiting.pop(frame[1], (None, None))
        if future is None:
            self.faults.append(f"an answer to no call: {frame}")
        elif frame[0] == 3:
            self._check(3, action, frame[2])
            future.set_result(frame[2])
        else:
            future.set_exception(Refused(frame[2]))

    def _check(self, kind, action, payload):
        try:
            known = get_validator(kind, action, self.version.removeprefix("ocpp"))
        except FileNotFoundError:
            return  # an action of somebody's own
        # The package keeps one validator for all, with the numbers of whoever asked first.
        schema = type(known)(json.loads(json.dumps(known.schema, default=float)))
        self.faults += [f"{action}: {fault.message}" for fault in schema.iter_errors(payload)]

    async def call(self, action, payload=None, *, message_id=None):
        """A CALL; gives the payload of its result, or raises Refused."""
        self._count += 1
        message_id = message_id or f"{self.name}-{self._count}"
        future = asyncio.get_running_loop().create_future()
        self._waiting[message_id] = (action, future)
        await self.ws.send(json.dumps([2, message_id, action, payload or {}]))
        async with asyncio.timeout(WAIT):
            return await future

    def of(self, *actions):
        """The payloads of the calls of these actions that it got."""
        return [payload for action, payload in self.asked if action in actions]


class Backend:
    """A CSMS. It gives transactionIds from `first` on; `answers` has its answer by action, or a function of a payload.

    `log` has what all its connections were asked by identity, `gate` is the HTTP status that it refuses with.
    """

    def __init__(self, name, *, first=1, **answers):
        self.name = name
        self.next_id = first
        self.log = {}
        self.ends = {}
        self.handshakes = []
        self.gate = 0
        self.answers = {
            "BootNotification": {"status": "Accepted", "currentTime": NOW, "interval": 300},
            "Heartbeat": {"currentTime": NOW},
            "Authorize": self._authorize,
            "StartTransaction": self._start,
            "StopTransaction": {},
            "DataTransfer": ACCEPTED,
            **answers,
        }

    @staticmethod
    def _authorize(payload):
        return {"idTagInfo": ACCEPTED} if "idTag" in payload else {"idTokenInfo": ACCEPTED}

    def _start(self, _):
        self.next_id += 1
        return {"transactionId": self.next_id - 1, "idTagInfo": ACCEPTED}

    async def __aenter__(self):
        self._server = await serve(
            self._talk, "127.0.0.1", 0, subprotocols=list(VERSIONS), process_request=self._look, compression=None,
            ping_interval=None,
        )  # fmt: skip
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, kind, *_):
        self._server.close()
        await self._server.wait_closed()
        if kind is None:
            assert [fault for ends in self.ends.values() for end in ends for fault in end.faults] == []

    def upstream(self, **more):
        """Its entry of `upstreams`."""
        reconnect = {"initial": 0.05, "maximum": 0.1}
        return {self.name: {"url": f"ws://127.0.0.1:{self.port}/{{identity}}", "reconnect": reconnect, **more}}

    def _look(self, connection, request):
        self.handshakes.append(request)
        return connection.respond(HTTPStatus(self.gate), "no\n") if self.gate else None

    async def _talk(self, ws):
        identity = unquote(ws.request.path.rpartition("/")[2])
        log = self.log.setdefault(identity, [])
        end = End(ws, self.name, ws.subprotocol, self.answers, log)
        self.ends.setdefault(identity, []).append(end)
        await end.read()

    async def end(self, identity, number=1):
        """The connection of a station, when it is its `number`th."""
        await until(lambda: len(self.ends.get(identity, ())) >= number)
        return self.ends[identity][-1]

    async def drop(self):
        """Break all connections, and let nobody in any more."""
        self.gate = 503
        for end in [end for ends in self.ends.values() for end in ends]:
            end.ws.transport.abort()

    def of(self, identity, *actions):
        """The payloads of these calls of a station, over all its connections."""
        return [payload for action, payload in self.log.get(identity, ()) if action in actions]

    def actions(self, identity):
        return [action for action, _ in self.log.get(identity, ())]


# --- stations ---------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def station(url, version="ocpp1.6", *, headers=None, **answers):
    """A station that has said nothing yet; commands without an answer here are answered with `{}`."""
    async with connect(
        url, subprotocols=[version], additional_headers=headers or {}, compression=None, ping_interval=None
    ) as ws:
        end = End(ws, "s" + url.rpartition("/")[2], version, answers)
        reading = asyncio.create_task(end.read())
        try:
            yield end
        finally:
            await ws.close()
            await reading
    assert end.faults == []


def boot(version="ocpp1.6", *, vendor="V", model="M", firmware="1.0"):
    if version == "ocpp1.6":
        return {"chargePointVendor": vendor, "chargePointModel": model, "firmwareVersion": firmware}
    box = {"vendorName": vendor, "model": model, "firmwareVersion": firmware}
    return {"reason": "PowerUp", "chargingStation": box}


async def booted(end, **box):
    assert (await end.call("BootNotification", boot(end.version, **box)))["status"] == "Accepted"
    return end


def start(tag="TAG", *, meter=0, connector=1):
    return {"connectorId": connector, "idTag": tag, "meterStart": meter, "timestamp": NOW}


def meter(transaction, value=1, *, connector=1):
    sample = {"timestamp": NOW, "sampledValue": [{"value": str(value)}]}
    return {"connectorId": connector, "transactionId": transaction, "meterValue": [sample]}


def stop(transaction, value=9):
    return {"transactionId": transaction, "meterStop": value, "timestamp": NOW}


def event(kind, number, transaction="T1", **more):
    return {
        "eventType": kind, "timestamp": NOW, "triggerReason": "Trigger", "seqNo": number,
        "transactionInfo": {"transactionId": transaction}, **more,
    }  # fmt: skip


# --- the broker -------------------------------------------------------------------------------------------------------


def behind(*backends, route=None, routes=None, **more):
    """A configuration with these backends; the first one is the primary, the others watch, if `route` says no more."""
    upstreams = {name: entry for backend in backends for name, entry in backend.upstream().items()}
    usual = {
        "match": {}, "primary": backends[0].name, "secondaries": [{"upstream": one.name} for one in backends[1:]],
        "grace": 0.2, **(route or {}),
    }  # fmt: skip
    return document(upstreams=upstreams, routes=routes or [usual], **more)


class Operator:
    """The admin API of a broker at `url`; gives status and body."""

    def __init__(self, url):
        self._url = url

    async def __call__(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            ClientSession(headers=headers) as client,
            client.request(method, f"{self._url}/api/v1/{path}", json=body) as answer,
        ):
            return answer.status, await answer.json(content_type=None)

    async def get(self, path):
        status, body = await self("GET", path)
        assert status == 200, body
        return body

    async def route(self, identity, route):
        """Give a station a route of its own, and wait until it has it."""
        status, body = await self("PUT", f"stations/{identity}/route", route)
        assert status == 200, body
        while body["state"] != "steady":
            await asyncio.sleep(0.01)
            body = await self.get(f"stations/{identity}/route")
        return body

    async def empty(self, identity=None):
        """Wait until nothing waits for any upstream, or nothing of one station."""
        async with asyncio.timeout(WAIT):
            while (await self.get("outbox" + (f"?identity={identity}" if identity else "")))["outboxes"]:
                await asyncio.sleep(0.01)
