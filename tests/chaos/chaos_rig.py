"""Everything that takes part in a run, started in order and ended in order: CSMSs, proxies, broker, stations, disk."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
from contextlib import suppress

from chaos_broker import GROUPS, PLAIN_GROUPS, BrokerProcess, document
from chaos_disk import SmallDisk, Unavailable, fsync_can_fail
from chaos_history import History
from chaos_journal import Tail
from chaos_plan import FSYNC, FULL, LIMIT, STATIONS
from chaos_proxy import FaultProxy
from chaos_station import V16, V201
from chaos_upstreams import FIRST, HERE, UpstreamProcess

DISK_BYTES = 48 * 1024 * 1024


def fleet(stations):
    """identity -> version: the groups in turn, the versions too, so that each group has both."""
    names = list(GROUPS)
    return {f"{names[n % len(names)]}-{n:03}": (V16, V16, V201)[n // len(names) % 3] for n in range(stations)}


class Rig:
    """`history` grows with `read`; `methods`: the disk troubles that this machine allows, `absent`: the others."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        self.fleet = fleet(options.stations)
        groups = PLAIN_GROUPS if options.plain else GROUPS
        self.history = History({identity: groups[identity.partition("-")[0]] for identity in self.fleet})
        self.upstreams = {name: UpstreamProcess(name, folder, free_port(), options.seed) for name in FIRST}
        self.proxies = {}
        self.disk = self.broker = None
        self.methods, self.absent = [], {}
        self.busy = list(self.fleet)
        self._stations = None
        self._tails = {name: Tail(upstream.journal) for name, upstream in self.upstreams.items()}
        self._station_tail = Tail(folder / "stations.jsonl")

    async def start(self):
        await self._find_disk_methods()
        for name, upstream in self.upstreams.items():
            await upstream.start()
            self.proxies[name] = FaultProxy(upstream.port)
            await self.proxies[name].start()
        port = free_port()
        self.proxies[STATIONS] = FaultProxy(port)
        await self.proxies[STATIONS].start()
        ports = {name: self.proxies[name].port for name in self.upstreams}
        settings = document(port, ports, self.store, plain=self.options.plain)
        self.broker = BrokerProcess(self.folder, settings, self.disk.prefix if self.disk else ())
        await self.broker.start()
        self._start_stations()

    def _start_stations(self):
        url = f"ws://127.0.0.1:{self.proxies[STATIONS].port}/ocpp"
        pace = self.options.stations / self.options.rate
        arguments = [str(self.folder), url, str(self.options.seed), str(pace), json.dumps(self.fleet)]
        self._stations = subprocess.Popen(
            [sys.executable, str(HERE / "chaos_stations.py"), *arguments], stdin=subprocess.PIPE, text=True
        )

    @property
    def store(self):
        """The broker's database, as the broker calls it."""
        return self.folder / "disk" / "switchboard.db"

    @property
    def store_from_here(self):
        """The same file, through the namespace that has the small disk."""
        return (self.disk.path if self.disk else self.folder / "disk") / "switchboard.db"

    async def _find_disk_methods(self):
        (self.folder / "disk").mkdir(mode=0o700)
        if self.options.plain:
            self.absent = dict.fromkeys((FULL, LIMIT, FSYNC), "no store in a plain run")
            return
        try:
            self.disk = SmallDisk(self.folder / "disk", DISK_BYTES)
            self.methods.append(FULL)
        except Unavailable as why:
            self.absent[FULL] = str(why)
        self.methods.append(LIMIT)
        try:
            await fsync_can_fail(self.folder)
            self.methods.append(FSYNC)
        except Unavailable as why:
            self.absent[FSYNC] = str(why)

    def read(self):
        """Take in what the journals have by now: the stations' first, so that an answer is never without its call."""
        for record in self._station_tail.new():
            if "s" in record:
                self.history.station_saw(record)
            elif record["e"] == "busy":
                self.busy = record["stations"]
        for name, tail in self._tails.items():
            for record in tail.new():
                self.history.upstream_saw(name, record)

    def alive(self):
        """Raises when the process of the stations, which is never killed, has ended."""
        if self._stations.poll() is not None:
            raise AssertionError(f"the stations' process ended: {self._stations.returncode}")

    def finish(self):
        """The stations begin nothing more and finish what is open."""
        self._stations.stdin.write("finish\n")
        self._stations.stdin.flush()

    async def stop(self):
        """End every process that was started; gives the broker's exit code."""
        code = None
        with suppress(BrokenPipeError):
            if self._stations is not None:
                self._stations.stdin.close()
                await asyncio.to_thread(self._stations.wait)
        if self.broker is not None:
            code = await self.broker.stop()
        for upstream in self.upstreams.values():
            upstream.end()
        for proxy in self.proxies.values():
            await proxy.stop()
        if self.disk is not None:
            self.disk.release()
            shutil.copytree(self.disk.path, self.folder / "store")  # the disk itself ends with its namespace
            self.disk.close()
        return code


def free_port():
    """A port that nobody has now; the broker and the CSMSs come back on the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
