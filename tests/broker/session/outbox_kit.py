"""Upstreams that mint transactionIds, stations that ask, a disk that breaks: for the tests of outboxes."""

import asyncio
import json
import sqlite3
from contextlib import asynccontextmanager
from types import SimpleNamespace

from session_kit import Upstream, rig

from broker.config import loads
from broker.metrics import Metrics
from broker.ocpp import Call, Version
from broker.session.books.ledger import Ledger
from broker.session.bucket import Bucket
from broker.store import OutboxRow, Store, database, writer
from plugins.ocpp16.core import Core

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 5, "timestamp": "2026-01-01T00:00:00Z"}
BOOT = {"chargePointVendor": "V", "chargePointModel": "M"}
BOOT2 = {"reason": "PowerUp", "chargingStation": {"vendorName": "V", "model": "M"}}
QUICK = "reconnect: {initial: 0.05, maximum: 0.1}"
STAND_IN = "when_primary_down: stand_in, grace: 0.1"
SECONDARY = "secondaries: [{upstream: billing}]"
ERROR = object()


class Csms(Upstream):
    """Answers everything; `answers`: other payloads by action, ERROR for a CALLERROR, None for silence."""

    def __init__(self, first=1001, subprotocol="ocpp1.6", **answers):
        super().__init__(subprotocol)
        self.first = first
        self.answers = answers
        self.seen = []

    async def _take(self, ws, text):
        self.frames.put_nowait(text)
        frame = json.loads(text)
        if frame[0] != 2:
            return
        _, number, action, payload = frame
        self.seen.append((action, payload))
        answer = self.answers.get(action, {})
        if answer is ERROR:
            await ws.send_str(json.dumps([4, number, "InternalError", "not now", {}]))
        elif answer is not None:
            await ws.send_str(json.dumps([3, number, {**self._usual(action), **answer}]))

    def _usual(self, action):
        if action == "BootNotification":
            return {"status": "Accepted", "currentTime": "2026-01-01T00:00:00Z", "interval": 300}
        if action == "StartTransaction":
            self.first += 1
            return {"transactionId": self.first - 1, "idTagInfo": {"status": "Accepted"}}
        return {}

    @property
    def told(self):
        """What it was told of transactions and security, in order."""
        return [(action, payload) for action, payload in self.seen if action in _GUARANTEED]

    def actions(self):
        return [action for action, _ in self.told]

    def payloads(self, action):
        return [payload for name, payload in self.seen if name == action]


_GUARANTEED = (
    "StartTransaction",
    "MeterValues",
    "StopTransaction",
    "TransactionEvent",
    "SecurityEventNotification",
)


@asynccontextmanager
async def running(*upstreams):
    for one in upstreams:
        await one.start()
    try:
        yield upstreams
    finally:
        for one in upstreams:
            await one.stop()


def rigged(main, path=None, **options):
    """A rig with a store, whose upstreams are dialled again at once; `path` None: a store in memory."""
    store = Store(f"sqlite:///{path}" if path is not None else "sqlite://")
    options.setdefault("upstream_options", QUICK)
    return rig(main, store=store, **options)


class LocalCore(Core):
    """The local CSMS, which knows of no token."""


def meter(transaction, value="1", **more):
    sampled = [{"timestamp": "2026-01-01T00:10:00Z", "sampledValue": [{"value": value}]}]
    return {"connectorId": 1, "transactionId": transaction, "meterValue": sampled, **more}


def stop(transaction, **more):
    return {"transactionId": transaction, "meterStop": 9, "timestamp": "2026-01-01T01:00:00Z", **more}


def event(kind, seq, transaction="TX", trigger="CablePluggedIn", **more):
    return {
        "eventType": kind,
        "timestamp": f"2026-01-01T00:00:{seq:02}Z",
        "triggerReason": trigger,
        "seqNo": seq,
        "transactionInfo": {"transactionId": transaction},
        **more,
    }


async def say(station, number, action, payload):
    await station.send(json.dumps([2, str(number), action, payload], separators=(",", ":")))


async def ask(station, number, action, payload):
    """The CALLRESULT's payload."""
    await say(station, number, action, payload)
    reply = await station.json()
    assert reply[:2] == [3, str(number)], reply
    return reply[2]


async def told_nothing(station):
    """The close code of a station that got no frame before it."""
    message = await station.ws.receive(timeout=5)
    assert message.type.name in ("CLOSE", "CLOSED", "CLOSING"), message
    return station.ws.close_code


def waiting(rig, upstream="main"):
    """How many messages are in the outbox of the rig's station."""
    ledger = rig.shared.ledgers.get(rig.admission.identity)
    box = ledger.outboxes.get(upstream)
    return box.depth if box is not None else 0


async def stored(rig, upstream="main"):
    rows = await rig.shared.store.outbox(rig.admission.identity, upstream, limit=1000)
    return [row.action for row in rows]


def row(number, *, upstream="main", action="MeterValues", kind="meter", ref=0, payload=b"{}", **more):
    values = {"identity": "CP", "version": "ocpp1.6", "key": f"{kind} {number}", "received_at": 1000.0 + number}
    return OutboxRow(
        id=number, upstream=upstream, action=action, kind=kind, ref=ref, payload=payload, **{**values, **more}
    )


def call(action, payload, version=Version.V16):
    return Call.of(action, payload, version=version)


async def turns(condition):
    """Wait until it is true."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


class FakeLink:
    """An upstream that is up, and keeps what it is sent."""

    def __init__(self, name="main", version=Version.V16):
        self.name = name
        self.version = version
        self.ready = True
        self.gone = False
        self.full = False
        self.call_timeout = 30.0
        self.now = 100.0
        self.sent = []

    def clock(self):
        return self.now

    def submit(self, pending, now):
        if not self.full:
            self.sent.append(pending)
        return not self.full


def small_shared(store=None, outbox=""):
    """What a courier needs to know of the rest."""
    config = loads(f"outbox: {{{outbox}}}")
    return SimpleNamespace(
        config=config, metrics=Metrics(), store=store, store_failed="", pace=lambda name: Bucket(1000.0, 1000.0)
    )


def ledger_of(store=None, identity="CP"):
    return Ledger(identity, store)


class BrokenDisk:
    """Has every commit fail while `broken`; stores look every twentieth of a second whether it is whole again."""

    def __init__(self, monkeypatch):
        self.broken = False
        monkeypatch.setattr(writer, "_PROBE_SECONDS", 0.05)
        monkeypatch.setattr(database.Database, "_connect", staticmethod(self._connect))

    def _connect(self, place):
        disk = self

        class Connection(sqlite3.Connection):
            def execute(self, sql, *parameters):
                if disk.broken and sql.startswith("COMMIT") and self.in_transaction:
                    error = sqlite3.OperationalError("database or disk is full")
                    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
                    raise error
                return super().execute(sql, *parameters)

        return sqlite3.connect(place, timeout=0.05, isolation_level=None, check_same_thread=False, factory=Connection)
