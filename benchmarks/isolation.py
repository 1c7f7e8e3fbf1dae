"""What one station's bad upstream costs all the others: `python -m benchmarks.isolation [--seconds N] [--rounds N]`.

Good stations call all the time; one more has an upstream that is stopped (SIGSTOP), slow, or sends garbage, as its
secondary or its primary. Phases with a good and a bad upstream take turns in the same run, and the ratio of the good
stations' p99 is printed.
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from time import monotonic

import aiohttp
from aiohttp import web

from benchmarks.processes import Process, free_port
from benchmarks.serving import run, say, tune

FAULTS = ("none", "stopped", "slow", "garbage")  # the first one is what the figures differ by anyway
ROLES = ("secondary", "primary")
_GARBAGE = ('[3,"nobody",{}]', "{", '[2,"x","Nonsense",{}]', "[]", '[4,"1","Foo","",{}]', "[2]", "\u20ac" * 300)
_PERIOD = 0.1  # seconds between two calls of one good station
_EVENT = {"eventType": "Updated", "timestamp": "2026-01-01T00:00:00Z", "triggerReason": "MeterValuePeriodic"}


# --- the bad upstream -------------------------------------------------------------------------------------------------


class Bad:
    """Answers like any other until it is told to be bad."""

    def __init__(self, fault: str, delay: float, rate: float) -> None:
        self.fault, self.delay, self.rate = fault, delay, rate
        self.bad = False

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(protocols=("ocpp1.6", "ocpp2.0.1"))
        await ws.prepare(request)
        littering = asyncio.ensure_future(self._litter(ws))
        with suppress(ConnectionError):
            async for message in ws:
                frame = json.loads(message.data)
                if frame[0] != 2:
                    continue
                if self.bad and self.fault == "slow":
                    await asyncio.sleep(self.delay)
                result = {"currentTime": "2026-01-01T00:00:00Z", "interval": 300, "status": "Accepted"}
                await ws.send_str(json.dumps([3, frame[1], result if frame[2] == "BootNotification" else {}]))
        littering.cancel()
        return ws

    async def _litter(self, ws: web.WebSocketResponse) -> None:
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(1 / self.rate)
                if self.bad and self.fault == "garbage":
                    await ws.send_str(random.choice(_GARBAGE))

    async def listen(self) -> None:
        app = web.Application()
        app.router.add_get("/{identity}", self.serve)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        asyncio.get_running_loop().add_reader(sys.stdin, self._told)
        say(port=port)
        await asyncio.Event().wait()

    def _told(self) -> None:
        self.bad = sys.stdin.readline().strip() == "bad"


# --- the stations -----------------------------------------------------------------------------------------------------


class Station:
    """Calls once in a period, and keeps how long each answer took."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._number = 0

    async def call(self, action: str, payload: object) -> float:
        self._number += 1
        sent = monotonic()
        await self._ws.send_str(json.dumps([2, str(self._number), action, payload]))
        while json.loads((await self._ws.receive()).data)[1] != str(self._number):
            pass
        return monotonic() - sent

    async def beat(self, until: float, trips: list[float]) -> None:
        await asyncio.sleep(random.random() * _PERIOD)
        due = monotonic()
        while due < until:
            trips.append(await self.call("Heartbeat", {}))
            due += _PERIOD
            await asyncio.sleep(max(0.0, due - monotonic()))

    async def trouble(self) -> None:
        """The station with the bad upstream: meter values of a transaction, answered or not."""
        reading = asyncio.ensure_future(self._read())
        number = 0
        while not reading.done():
            number += 1
            info = {"seqNo": number, "transactionInfo": {"transactionId": "T"}}
            with suppress(ConnectionError):
                await self._ws.send_str(json.dumps([2, f"t{number}", "TransactionEvent", {**_EVENT, **info}]))
            await asyncio.sleep(0.05)

    async def _read(self) -> None:
        async for _ in self._ws:
            pass


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def measure(base: str, turn: "Turn", stations: int, seconds: float, rounds: int) -> list[list[list[float]]]:
    """The good stations' round trips, by round: while all is well, and while it is not."""
    async with aiohttp.ClientSession() as client:

        async def connected(identity: str, version: str) -> Station:
            return Station(await client.ws_connect(f"{base}/{identity}", protocols=(version,), autoping=True))

        good = [await connected(f"GOOD{number}", "ocpp1.6") for number in range(stations)]
        bad = await connected("BAD", "ocpp2.0.1")
        box = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}
        await bad.call("BootNotification", box)
        troubling = asyncio.ensure_future(bad.trouble())
        result = []
        for number in range(rounds + 1):
            phases = []
            for state in ("good", "bad") if number % 2 else ("bad", "good"):
                turn(state)
                trips: list[float] = []
                await asyncio.sleep(0.3)
                await asyncio.gather(*(one.beat(monotonic() + seconds, trips) for one in good))
                phases.append((state, trips))
            if number:  # the first round warms up
                result.append([dict(phases)["good"], dict(phases)["bad"]])
        turn("good")
        assert not troubling.done(), "the station with the bad upstream was thrown out"
        troubling.cancel()
        return result


class Turn:
    """Makes the bad upstream bad or good."""

    def __init__(self, fault: str, process: Process) -> None:
        self._fault, self._process = fault, process

    def __call__(self, state: str) -> None:
        if self._fault == "stopped":
            self._process.child.send_signal(signal.SIGSTOP if state == "bad" else signal.SIGCONT)
            return
        assert self._process.child.stdin is not None
        self._process.child.stdin.write(state + "\n")
        self._process.child.stdin.flush()


# --- the run ----------------------------------------------------------------------------------------------------------


@contextmanager
def rig(fault: str, role: str, options: argparse.Namespace) -> Iterator[tuple[str, Turn]]:
    """A broker, two good upstreams, and the bad one."""
    with tempfile.TemporaryDirectory(prefix="switchboard-isolation-") as name:
        folder = Path(name)
        with (
            Process.module("main", "upstream", folder=folder) as main,
            Process.module("watcher", "upstream", folder=folder) as watcher,
            Process.module(
                "bad", "isolation", "--serve", fault, "--delay", str(options.delay), "--garbage", str(options.garbage),
                folder=folder,
            ) as bad,
        ):  # fmt: skip
            ports = {"main": main.answer()["port"], "watcher": watcher.answer()["port"], "bad": bad.answer()["port"]}
            port = free_port()
            (folder / "switchboard.yaml").write_text(json.dumps(configuration(ports, role, port)))
            command = [str(Path(sys.executable).with_name("switchboard")), "serve", "-c", "switchboard.yaml"]
            with Process.start("broker", command, folder) as broker:
                broker.wait_for_port(port)
                yield f"ws://127.0.0.1:{port}/ocpp", Turn(fault, bad)


def configuration(ports: dict[str, int], role: str, port: int) -> dict[str, object]:
    bad = {"primary": "main", "secondaries": [{"upstream": "bad"}]}
    if role == "primary":
        bad = {"primary": "bad", "secondaries": [{"upstream": "main"}], "when_primary_down": "hold"}
    return {
        "listeners": [{"name": "door", "bind": f"127.0.0.1:{port}", "security_profiles": [0]}],
        "stations": {"unknown": "accept"},
        "upstreams": {name: {"url": f"ws://127.0.0.1:{number}/{{identity}}"} for name, number in ports.items()},
        "routes": [
            {"match": {"identity": "BAD"}, **bad},
            {"match": {}, "primary": "main", "secondaries": [{"upstream": "watcher"}]},
        ],
        "admin": {"bind": "127.0.0.1:0"},
        "shutdown": {"timeout": 3, "spread": 0},
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.isolation", description=__doc__)
    parser.add_argument("--serve", choices=FAULTS, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=3.0, help="of one phase")
    parser.add_argument("--rounds", type=int, default=6, help="pairs of phases")
    parser.add_argument("--stations", type=int, default=50, help="good ones")
    parser.add_argument("--delay", type=float, default=2.0, help="seconds that the slow one takes to answer")
    parser.add_argument("--garbage", type=float, default=100.0, help="frames a second")
    options = parser.parse_args()
    if options.serve:
        run(Bad(options.serve, options.delay, options.garbage).listen())
        return
    tune()
    print("fault     role       p99 good   p99 bad   ratio   median of the rounds' ratios")
    for fault in FAULTS:
        for role in ROLES:
            with rig(fault, role, options) as (base, turn):
                rounds = asyncio.run(measure(base, turn, options.stations, options.seconds, options.rounds))
            good = percentile([trip for one, _ in rounds for trip in one], 0.99)
            bad = percentile([trip for _, one in rounds for trip in one], 0.99)
            each = median(percentile(b, 0.99) / percentile(a, 0.99) for a, b in rounds)
            figures = f"{good * 1e3:7.2f} ms {bad * 1e3:7.2f} ms {bad / good:7.2f} {each:10.2f}"
            print(f"{fault:9} {role:10} {figures}", flush=True)


if __name__ == "__main__":
    main()
