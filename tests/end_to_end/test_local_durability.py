"""What the local CSMS has acknowledged of a transaction is on disk, once, whenever the broker is killed."""

import asyncio
import json
import random
import signal
import sqlite3
from contextlib import suppress

import pytest
import websockets
from e2e_kit import document, listener
from process_kit import Served, free_port
from raw_kit import dialled

STATIONS = 8
KILLS = 4
ANSWER_SECONDS = 10.0


class Station:
    """Runs one transaction after the other, and says everything again until it is acknowledged, as 1.6 3.7.1 has it."""

    subprotocol = "ocpp1.6"
    values = 2
    """Messages of a transaction that measure something."""

    def __init__(self, url, number):
        self._url = url
        self._number = number
        self._said = 0
        self.ended = []
        """Of each transaction that was acknowledged to its end: transactionId and meterStart."""
        self.running = None

    async def run(self, enough):
        queue = []
        while queue or not enough.is_set():
            with suppress(OSError, websockets.WebSocketException, TimeoutError):
                async with dialled(self._url, self.subprotocol) as ws:
                    while queue or not enough.is_set():
                        queue = queue or self._transaction()
                        await self._say(ws, queue)
            await asyncio.sleep(0.05)

    def _transaction(self):
        self._said += 1
        start, at = self._number * 1_000_000 + self._said * 10, f"2026-01-31T12:00:00.{self._said:06d}Z"
        self.running = None
        begin = {"connectorId": 1, "idTag": "TAG", "meterStart": start, "timestamp": at}
        value = {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [{"value": str(start + 1)}]}]}
        other = {"connectorId": 1, "meterValue": [{"timestamp": at, "sampledValue": [{"value": str(start + 2)}]}]}
        end = {"meterStop": start + 9, "timestamp": at}
        return [("StartTransaction", begin), ("MeterValues", value), ("MeterValues", other), ("StopTransaction", end)]

    async def _say(self, ws, queue):
        action, payload = queue[0]
        if action != "StartTransaction":
            payload["transactionId"] = self.running
        message_id = f"{random.getrandbits(60):x}"
        await ws.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = json.loads(await ws.recv())
        assert answer[:2] == [3, message_id], answer
        queue.pop(0)
        if action == "StartTransaction":
            self.running, self._start = answer[2]["transactionId"], payload["meterStart"]
        elif action == "StopTransaction":
            self.ended.append((self.running, self._start))


class Station2(Station):
    """The same in OCPP 2.0.1, where the station names its transactions (E01.FR.07)."""

    subprotocol = "ocpp2.0.1"
    values = 4

    def _transaction(self):
        self._said += 1
        self._start, at = self._number * 1_000_000 + self._said * 10, f"2026-01-31T12:00:00.{self._said:06d}Z"
        self.running = f"tx-{self._start}"
        contexts = ("Transaction.Begin", "Sample.Periodic", "Sample.Periodic", "Transaction.End")
        kinds, triggers = ("Started", "Updated", "Updated", "Ended"), ("Authorized", *["MeterValuePeriodic"] * 2)
        info = {"transactionId": self.running}
        queue = []
        for seq, (kind, context, more) in enumerate(zip(kinds, contexts, (0, 1, 2, 9), strict=True)):
            sampled = {"value": self._start + more, "context": context}
            event = {
                "eventType": kind,
                "timestamp": at,
                "triggerReason": (*triggers, "StopAuthorized")[seq],
                "seqNo": seq,
                "transactionInfo": info,
                "evse": {"id": 1, "connectorId": 1},
                "meterValue": [{"timestamp": at, "sampledValue": [sampled]}],
            }
            queue.append(("TransactionEvent", event))
        queue[0][1]["idToken"] = {"idToken": "TAG", "type": "ISO14443"}
        return queue

    async def _say(self, ws, queue):
        action, payload = queue[0]
        message_id = f"{random.getrandbits(60):x}"
        await ws.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(ANSWER_SECONDS):
            answer = json.loads(await ws.recv())
        assert answer[:2] == [3, message_id], answer
        queue.pop(0)
        if payload["eventType"] == "Ended":
            self.ended.append((self.running, self._start))


def settings():
    door = listener(0, bind=f"127.0.0.1:{free_port()}")
    limits = {"connections_per_address": 1000, "frames_per_second": 100_000, "frames_burst": 100_000}
    return document(door, tokens={"TAG": "Accepted"}, limits=limits)


def kept(folder):
    """Every transaction on disk: (identity, transactionId) -> meterStart, meterStop, ended, its meter values."""
    with sqlite3.connect(folder / "switchboard.db") as database:
        rows = database.execute(
            "SELECT identity, transaction_id, meter_start, meter_stop, ended, epoch FROM charging_transaction"
        ).fetchall()
        values = database.execute("SELECT identity, transaction_id, count(*) FROM meter_value GROUP BY 1, 2").fetchall()
    database.close()
    counts = {(identity, transaction): count for identity, transaction, count in values}
    assert all(row[5] == 0 for row in rows), "no transactionId was given twice"
    return {(row[0], row[1]): (*row[2:5], counts.get((row[0], row[1]), 0)) for row in rows}


@pytest.mark.parametrize("kind", [Station, Station2])
async def test_acknowledged_transactions_survive_kills_and_are_there_once(tmp_path, kind):
    rng = random.Random(4)
    served = Served(tmp_path, settings())
    enough = asyncio.Event()
    stations = [kind(served.url(f"CP{number}"), number) for number in range(STATIONS)]
    running = [asyncio.ensure_future(station.run(enough)) for station in stations]
    try:
        for _ in range(KILLS):
            await asyncio.sleep(rng.uniform(0.2, 0.8))
            served.send(signal.SIGKILL)
            served.process.wait()
            served.start()
        await asyncio.sleep(0.5)
        enough.set()
        await asyncio.gather(*running)
    finally:
        enough.set()
        served.kill()
        for task in running:
            task.cancel()
    on_disk = kept(tmp_path)
    acknowledged = {(f"CP{n}", str(tx)): start for n, one in enumerate(stations) for tx, start in one.ended}
    assert len(acknowledged) > STATIONS * KILLS
    assert {key: on_disk.get(key) for key in acknowledged} == {
        key: (start, start + 9, 1, kind.values) for key, start in acknowledged.items()
    }
    starts = [(key[0], row[0]) for key, row in on_disk.items()]
    assert len(starts) == len(set(starts)), "no start was taken for two"
