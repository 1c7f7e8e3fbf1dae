"""The broker under test: `switchboard serve` in a process of its own, started anew on the same store after each end."""

import asyncio
import json
import signal
import statistics
import sys
import time
from pathlib import Path

from chaos_history import Fault, Promise

SWITCHBOARD = str(Path(sys.executable).with_name("switchboard"))
READY = "reads the configuration again"
START_SECONDS = 60.0
TOKEN = "an-admin-token-of-the-chaos-run"

GROUPS = {
    "STANDIN": Promise(("main",), ("second",)),
    "CLOSE": Promise(("main",)),
    "FAILOVER": Promise(("main", "backup"), ("second",)),
}
PLAIN_GROUPS = dict.fromkeys(GROUPS, Promise(("main",)))
_SECOND = {"upstream": "second", "commands": "all"}
_WAYS = {
    "STANDIN": {
        "secondaries": [_SECOND],
        "when_primary_down": "stand_in",
        "stand_in": {"unknown_tokens": "accept", "replay_per_second": 1000},
    },
    "CLOSE": {"when_primary_down": "close"},
    "FAILOVER": {"secondaries": [_SECOND], "when_primary_down": {"failover": ["backup"], "fail_back": 3}},
}


def document(port, upstreams, store, *, plain=False):
    """The configuration. `upstreams`: name -> port. `plain`: relay to `main` only, for a broker without a store."""
    ways = dict.fromkeys(GROUPS, _WAYS["CLOSE"]) if plain else _WAYS
    made = {
        "listeners": [{"name": "door", "bind": f"127.0.0.1:{port}", "security_profiles": [0]}],
        "stations": {"unknown": "accept"},
        "upstreams": {name: _upstream(port) for name, port in upstreams.items()},
        "routes": [
            {"match": {"identity": f"{group}-*"}, "primary": "main", "grace": 1, **way} for group, way in ways.items()
        ],
        "admin": {"bind": "127.0.0.1:0", "tokens": [{"name": "chaos", "role": "admin", "token": TOKEN}]},
        "liveness": {"ping_interval": 2, "missed": 2},
        "limits": {"call_timeout": 5},
        "shutdown": {"timeout": 5, "spread": 0},
    }
    if plain:
        return made
    outbox = {"attempts": 1000, "retry_interval": 0.2, "station_per_second": 1000, "upstream_per_second": 10000}
    return made | {"store": {"url": f"sqlite:///{store}"}, "outbox": outbox}


def _upstream(port):
    return {
        "url": f"ws://127.0.0.1:{port}/{{identity}}",
        "reconnect": {"initial": 0.2, "maximum": 1},
        "call_timeout": 3,
        "dial_timeout": 3,
        "ping_interval": 2,
    }


class BrokerProcess:
    """Keeps a broker running. An end without `kill` is a crash, unless `forgive` is set: the disk is full."""

    def __init__(self, folder, settings, prefix=()):
        self.folder = folder
        self.config = folder / "switchboard.yaml"
        self.config.write_text(json.dumps(settings))
        self.log = folder / "broker.log"
        self.faults, self.crashes, self.starts = [], [], []
        self.kills = self.kills_in_start = self.refused_starts = 0
        self.forgive = self.paused = False
        self.ready = asyncio.Event()
        self.started = asyncio.Event()
        self.pid = None
        self._command = [*prefix, SWITCHBOARD, "serve", "-c", str(self.config)]
        self._process = self._killed_at = None
        self._running = None

    async def start(self):
        """Until it serves for the first time; raises AssertionError when it does not."""
        self._running = asyncio.create_task(self._keep())
        for _ in range(int(START_SECONDS / 0.05)):
            if self.ready.is_set():
                return
            if self.crashes or self._running.done():
                break
            await asyncio.sleep(0.05)
        raise AssertionError(f"the broker does not start: {self.log.read_text(errors='replace')[-2000:]}")

    async def stop(self):
        """SIGTERM; gives the exit code."""
        self._running.cancel()
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(20):
                return await self._process.wait()
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()

    def kill(self):
        """SIGKILL; `_keep` starts it again."""
        if self._process is None or self._process.returncode is not None or self._killed_at is not None:
            return
        self._killed_at = time.monotonic()
        self.kills += 1
        self.kills_in_start += not self.ready.is_set()
        self.ready.clear()
        self.started.clear()
        self._process.kill()

    async def _keep(self):
        while True:
            while self.paused:
                await asyncio.sleep(0.01)
            await self._live()

    async def _live(self):
        begun = time.monotonic()
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self.folder, stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, limit=1 << 20,
            )  # fmt: skip
            self.pid = self._process.pid
            self.started.set()
            async for line in self._process.stdout:  # a pipe: RLIMIT_FSIZE must not reach the log
                log.write(line)
                self._read(line.decode(errors="replace"), begun)
            code = await self._process.wait()
        await self._ended(code)

    def _read(self, line, begun):
        if READY in line:
            now = time.monotonic()
            self.starts.append(now - begun)
            self._over(now)
            self.ready.set()
        if "Traceback" in line:
            self.crashes.append("a traceback in the broker's log")

    async def _ended(self, code):
        self.ready.clear()
        self.started.clear()
        if self._killed_at is not None and code == -signal.SIGKILL:
            self.faults.append(Fault(self._killed_at, float("inf"), "kill"))
        elif self.forgive:
            self.refused_starts += 1
            await asyncio.sleep(0.2)
        else:
            self.crashes.append(f"the broker ended by itself, exit code {code}")
            await asyncio.sleep(0.5)
        self._killed_at = None

    def _over(self, now):
        """The faults of kills end when the broker serves again."""
        self.faults = [one._replace(end=now) if one.end == float("inf") else one for one in self.faults]

    def start_times(self):
        """Median and longest time from the start of the process to its being ready."""
        return (statistics.median(self.starts), max(self.starts)) if self.starts else (0.0, 0.0)
