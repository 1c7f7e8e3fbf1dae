"""A station that behaves as the standard says: it queues transaction messages and resends the same until acknowledged.

OCPP 1.6 3.7 and 3.7.1, 2.0.1 E04 and E13; but it never gives a message up, so that what is lost was lost elsewhere.
"""

import asyncio
import random
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import chaos_messages as messages
from chaos_messaging import End, Gone, Refused

V16, V201 = "ocpp1.6", "ocpp2.0.1"
ANSWER_SECONDS = 12.0  # more than the broker takes to give an upstream up
QUEUE = 150  # it makes no more while so many wait; the drain at the end has to be short


@dataclass(slots=True)
class Transaction:
    """One of its transactions. `id` is what it calls it: 1.6, what the broker answered; 2.x, its own."""

    count: int
    connector: int
    token: str
    id: int | str | None = None
    sequence: int = 0
    wanted: bool = True
    """False once it has been told to stop."""


@dataclass(slots=True)
class Item:
    """A queued message; the payload is made when it is sent for the first time, and stays."""

    number: int
    kind: str
    at: str
    transaction: Transaction | None
    payload: dict | None = None
    action: str = ""
    tries: int = 0
    refusals: int = 0


@dataclass
class NumberedStation:
    """`pace` is the mean time between two of its messages; `always_boots`: on each connection, not only the first."""

    identity: str
    version: str
    url: str
    journal: object
    seed: int
    pace: float = 0.2
    connectors: int = 2
    queue: deque = field(default_factory=deque)
    done: bool = False

    def __post_init__(self):
        self._random = random.Random(f"{self.seed}/{self.identity}")
        self._always_boots = self._random.random() < 0.3
        self._numbers = self._transactions = 0
        self._known = {}
        self._ending = False
        self._filled = asyncio.Event()
        self._booted = False

    def finish(self):
        """Begin no more transactions, end the open ones; `done` once everything has been acknowledged."""
        self._ending = True

    async def run(self, client):
        """For ever: until it is cancelled."""
        connectors = range(1, self.connectors + 1)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stay_connected(client))
            making = [group.create_task(self._charge(connector)) for connector in connectors]
            await asyncio.gather(*making)
            while self.queue:
                await asyncio.sleep(0.05)
            self.done = True

    # --- what happens at its connectors -------------------------------------------------------------------------------

    async def _charge(self, connector):
        while not self._ending:
            self._transactions += 1
            transaction = Transaction(self._transactions, connector, f"TAG{self._random.randrange(40):04}")
            if self.version != V16:
                transaction.id = f"{self.identity}-tx-{transaction.count}"
            await self._queue("start", transaction)
            for _ in range(self._random.randint(2, 9)):
                if self._ending or not transaction.wanted:
                    break
                await self._queue("meter", transaction)
            if self._random.random() < 0.1:
                await self._queue("security", None)
            await self._queue("stop", transaction)

    async def _queue(self, kind, transaction):
        while len(self.queue) >= QUEUE and not self._ending:
            await asyncio.sleep(self.pace)
        self._numbers += 1
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.queue.append(Item(self._numbers, kind, at, transaction))
        self._filled.set()
        await asyncio.sleep(0 if self._ending else self.pace * self.connectors * self._random.uniform(0.5, 1.5))

    def _make(self, item):
        """The payload of a message that is sent for the first time: now the transactionId is known."""
        number, transaction = item.number, item.transaction
        if item.kind == "security":
            item.action, item.payload = "SecurityEventNotification", messages.security(number, item.at)
        elif self.version != V16:
            item.action = "TransactionEvent"
            kind = {"start": "Started", "meter": "Updated", "stop": "Ended"}[item.kind]
            item.payload = messages.event(
                number, kind, transaction.id, transaction.sequence, transaction.connector, transaction.token, item.at
            )
            transaction.sequence += 1
        elif item.kind == "start":
            item.action = "StartTransaction"
            item.payload = messages.start(number, transaction.connector, transaction.token, item.at)
        elif item.kind == "meter":
            item.action = "MeterValues"
            item.payload = messages.meter(number, transaction.connector, transaction.id, item.at)
        else:
            item.action = "StopTransaction"
            item.payload = messages.stop(number, transaction.id, transaction.token, item.at)
        if transaction is not None and item.kind == "start" and self.version != V16:
            self._known[transaction.id] = transaction
        self._note("sent", n=number, a=item.action, p=item.payload, k=transaction and transaction.count, b=begins(item))

    # --- its connection -----------------------------------------------------------------------------------------------

    async def _stay_connected(self, client):
        wait = 0.1
        while True:
            with suppress(Gone, OSError, TimeoutError, aiohttp.ClientError):
                async with asyncio.timeout(ANSWER_SECONDS):
                    socket = await client.ws_connect(self.url, protocols=(self.version,), max_msg_size=0, autoping=True)
                await self._talk(socket)
                wait = 0.1
            await asyncio.sleep(wait * self._random.uniform(0.5, 1.5))
            wait = min(wait * 1.5, 1.0)

    async def _talk(self, socket):
        self._note("open")
        end = End(socket, self._answer, lambda action: self._note("overlap", a=action))
        reading = asyncio.create_task(end.run())
        talking = asyncio.create_task(self._say(end))
        try:
            await asyncio.wait([reading, talking], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, talking):
                task.cancel()
            results = await asyncio.gather(reading, talking, return_exceptions=True)
            with suppress(Exception):
                async with asyncio.timeout(1):
                    await socket.close()
            self._note("closed", code=socket.close_code, why=[repr(one) for one in results if one is not None])
            for one in results:
                if isinstance(one, Exception) and not isinstance(one, Gone):
                    raise one

    async def _say(self, end):
        if self._always_boots or not self._booted:
            await self._boot(end)
        for connector in range(1, self.connectors + 1):
            await self._tell(end, "StatusNotification", self._status(connector))
        while True:
            while self.queue:
                await self._submit(end, self.queue[0])
            self._filled.clear()
            try:
                async with asyncio.timeout(5):
                    await self._filled.wait()
            except TimeoutError:
                await self._tell(end, "Heartbeat", {})

    async def _boot(self, end):
        """Nothing else may be sent before the boot has been accepted (1.6 4.2, 2.0.1 B02)."""
        payload = {"chargePointVendor": "Chaos", "chargePointModel": "Numbered"}
        if self.version != V16:
            payload = {"reason": "PowerUp", "chargingStation": {"vendorName": "Chaos", "model": "Numbered"}}
        while True:
            with suppress(Refused):
                result = await end.call("BootNotification", payload, ANSWER_SECONDS)
                if result["status"] == "Accepted":
                    self._booted = True
                    return
            await asyncio.sleep(1)

    def _status(self, connector):
        if self.version == V16:
            return {"connectorId": connector, "errorCode": "NoError", "status": "Available"}
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"timestamp": at, "connectorStatus": "Available", "evseId": connector, "connectorId": 1}

    async def _tell(self, end, action, payload):
        with suppress(Refused):
            await end.call(action, payload, ANSWER_SECONDS)

    async def _submit(self, end, item):
        if item.payload is None:
            self._make(item)
        elif item.action == "TransactionEvent":  # it has waited (2.0.1 E04.FR.03)
            item.payload["offline"] = True
        item.tries += 1
        try:
            result = await end.call(item.action, item.payload, ANSWER_SECONDS)
        except Refused as refused:
            item.refusals += 1
            self._note("refused", n=item.number, code=refused.code)
            await asyncio.sleep(0.2 * min(item.refusals, 5))
            return
        if item.action == "StartTransaction":
            item.transaction.id = result["transactionId"]
            self._known[item.transaction.id] = item.transaction
        self._note("ack", n=item.number, r=result)
        self.queue.popleft()

    # --- what it is told ----------------------------------------------------------------------------------------------

    async def _answer(self, action, payload):
        await asyncio.sleep(self._random.uniform(0, 0.03))
        if action == "DataTransfer":
            self._note("told", a=action, p=payload)
            return {"status": "Accepted", "data": f"{payload.get('data')}@{self.identity}"}
        if action in ("RemoteStopTransaction", "RequestStopTransaction"):
            return self._stop(action, payload)
        raise Refused("NotImplemented" if self.version == V16 else "NotSupported")

    def _stop(self, action, payload):
        transaction = self._known.get(payload["transactionId"])
        if transaction is None:
            self._note("told", a=action, p=payload, unknown=True)
            return {"status": "Rejected"}
        self._note("told", a=action, p=payload, k=transaction.count)
        transaction.wanted = False
        return {"status": "Accepted"}

    def _note(self, event, **fields):
        self.journal.note(event, s=self.identity, **fields)


def begins(item):
    return item.kind == "start"
