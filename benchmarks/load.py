"""Stations in a closed loop: each sends its next CALL when the answer to its last is in. `python -m benchmarks.load`

One command a line on standard input, one result a line on standard output, both JSON. `Load` has the commands.
"""

import array
import asyncio
import json
import ssl
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.serving import run, say, tune
from benchmarks.wire import (
    CLOSE,
    ENDS,
    PING,
    PONG,
    TEXT,
    call_of,
    call_parts,
    frame,
    next_frame,
    transaction_of,
    upgrade_request,
    version_of,
)

_OPENING = 25  # handshakes at a time while a fleet connects
_PATIENCE = 30.0  # seconds for what should take milliseconds


@dataclass(frozen=True)
class Target:
    """What the stations connect to, and as whom."""

    port: int
    action: str = "MeterValues"
    path: str = "/ocpp/"
    password: str | None = None  # Basic credentials, the identity as the user
    ca: str | None = None  # PEM; with it the stations speak wss
    certificates: str | None = None  # folder of <identity>.pem and <identity>.key: mutual TLS


def identity(number: int) -> str:
    return f"BENCH-{number:05d}"


class Station(asyncio.Protocol):
    """One connection of one station."""

    def __init__(self, target: Target, name: str, trips: "array.array[float]") -> None:
        loop = asyncio.get_running_loop()
        user = name if target.password is not None else None
        self._request = upgrade_request(target.path + name, user, target.password or "", version_of(target.action))
        self._begin, self._end = target.action, ENDS.get(target.action)
        """Each with its end, so that no more than one is open, as at a real station."""
        self._started = b""
        self._head, self._tail = call_parts(target.action)
        self._number = 0
        self._until = 0.0
        self.trips = trips
        self.bad = 0
        self.buffer = b""
        self.opened: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] | None = None
        self.closed: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]
        self.transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed.set_result(None)
        for waiting in (self.opened, self.done):
            if waiting is not None and not waiting.done():
                waiting.set_exception(ConnectionError("the relay closed a station's connection"))

    def data_received(self, data: bytes) -> None:
        if self.buffer:
            data = self.buffer + data
        at = 0 if self.opened.done() else self._upgraded(data)
        while (found := next_frame(data, at)) is not None:
            at = found.end
            if found.opcode == TEXT:
                self._replied(data[found.start : at])
            elif found.opcode == PING:
                self.transport.write(frame(PONG, data[found.start : at], masked=True))
            elif found.opcode == CLOSE:
                self.transport.close()
        self.buffer = data[at:]

    def _upgraded(self, data: bytes) -> int:
        end = data.find(b"\r\n\r\n") + 4
        if end < 4:
            return 0
        if data.startswith(b"HTTP/1.1 101 "):
            self.opened.set_result(None)
        else:
            self.opened.set_exception(ConnectionError(f"refused: {data[: data.find(13)].decode()}"))
        return end

    def call_until(self, until: float) -> "asyncio.Future[None]":
        """One round trip after the other until `until` (perf_counter), at least one; done when the last is in."""
        self._until = until
        self.done = asyncio.get_running_loop().create_future()
        self._call()
        return self.done

    def _call(self) -> None:
        self._number += 1
        self.sent_at = time.perf_counter()
        if self._end is not None:
            action = self._end if self._started else self._begin
            self.transport.write(call_of(action, self._number, self._started or b"%010d" % self._number))
        else:
            self.transport.write(b"%b%010d%b" % (self._head, self._number, self._tail))

    def _replied(self, message: bytes) -> None:
        now = time.perf_counter()
        self.trips.append(now - self.sent_at)
        if not message.startswith(b'[3,"%010d",' % self._number):
            self.bad += 1
        if self._end is not None:
            self._started = b"" if self._started else transaction_of(message) or b"%010d" % self._number
        if now < self._until:
            self._call()
        elif self.done is not None and not self.done.done():
            self.done.set_result(None)

    async def close(self) -> None:
        self.transport.write(frame(CLOSE, b"\x03\xe8", masked=True))
        async with asyncio.timeout(_PATIENCE):
            await asyncio.shield(self.closed)


class Load:
    """The commands, one method each; what they return is said to the driver."""

    def __init__(self) -> None:
        self.stations: list[Station] = []
        self.trips: array.array[float] = array.array("d")
        self.contexts: dict[str, ssl.SSLContext] = {}
        self.target = Target(0)

    async def open(self, target: dict[str, Any], count: int) -> dict[str, Any]:
        """Connects `count` stations more; each makes one round trip, so that both its legs are up."""
        self.target = Target(**target)
        numbers = iter(range(len(self.stations), len(self.stations) + count))

        async def connect_some() -> None:
            for number in numbers:
                self.stations.append(await self._connect(number))

        await asyncio.gather(*(connect_some() for _ in range(_OPENING)))
        tune()
        return {"stations": len(self.stations)}

    async def run(self, seconds: float) -> dict[str, Any]:
        """Every station calls in a closed loop for `seconds`; returns when each has its last answer."""
        del self.trips[:]
        began = time.perf_counter()
        async with asyncio.timeout(seconds + _PATIENCE):
            await asyncio.gather(*(station.call_until(began + seconds) for station in self.stations))
        elapsed = time.perf_counter() - began
        return asdict(summary(self.trips, elapsed, sum(station.bad for station in self.stations)))

    async def churn(self, target: dict[str, Any], seconds: float, workers: int, identities: int) -> dict[str, Any]:
        """`workers` at a time connect, make one round trip and close, for `seconds`."""
        self.target = Target(**target)
        made = 0
        began = time.perf_counter()

        async def connect_and_close(first: int) -> None:
            nonlocal made
            number = first
            while time.perf_counter() < began + seconds:
                station = await self._connect(number)
                await station.close()
                made += 1
                number = first + (number - first + workers) % (identities // workers * workers)

        await asyncio.gather(*(connect_and_close(first) for first in range(workers)))
        return {"connections": made, "seconds": time.perf_counter() - began}

    async def _connect(self, number: int) -> Station:
        name = identity(number)
        station = Station(self.target, name, self.trips)
        context = self._context(name) if self.target.ca else None
        async with asyncio.timeout(_PATIENCE):
            await asyncio.get_running_loop().create_connection(
                lambda: station,
                "127.0.0.1",
                self.target.port,
                ssl=context,
                server_hostname="localhost" if context else None,
            )
            await station.opened
            await station.call_until(0.0)
        if station.bad:
            raise ConnectionError(f"{name} got something else than a CALLRESULT")
        return station

    def _context(self, name: str) -> ssl.SSLContext:
        """One for all stations, or one each where each has its own certificate."""
        folder = self.target.certificates
        key = name if folder else ""
        if key not in self.contexts:
            context = ssl.create_default_context(cafile=self.target.ca)
            if folder:
                context.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
            self.contexts[key] = context
        return self.contexts[key]


@dataclass(frozen=True)
class Summary:
    """One run's round trips; latencies in milliseconds."""

    round_trips: int
    bad: int
    seconds: float
    p50: float
    p99: float


def summary(trips: "array.array[float]", seconds: float, bad: int) -> Summary:
    ordered = sorted(trips)
    last = len(ordered) - 1
    return Summary(len(ordered), bad, seconds, ordered[last // 2] * 1000, ordered[int(last * 0.99)] * 1000)


async def main() -> None:
    loop = asyncio.get_running_loop()
    load = Load()
    say(ready=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        try:
            say(**await getattr(load, command.pop("do"))(**command))
        except Exception as error:
            say(error=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    run(main())
