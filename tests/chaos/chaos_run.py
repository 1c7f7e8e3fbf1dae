"""A run: troubles until every quota is met, then quiet until everything has drained, then the verdict."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass

import chaos_plan as plan
from chaos_checker import lost, violations
from chaos_disk import FailingFsync, FileLimit, shorten
from chaos_history import Fault
from chaos_proxy import HALF_OPEN, HANG, RESET
from chaos_rig import Rig

#: A network fault that takes a message or an answer away may cost a repeated message; the others may not.
COSTLY = (RESET, HANG, HALF_OPEN)


@dataclass(frozen=True)
class Options:
    """What a run is to reach, and within what time."""

    seed: int
    stations: int
    rate: float
    """Messages a second that all the stations make together."""
    kills: int
    outages: int
    windows: int
    """Of each way in which the disk can fail here."""
    messages: int
    seconds: float
    """Longest time for reaching the above."""
    drain_seconds: float = 60.0
    """Longest time without progress afterwards."""
    plain: bool = False


@dataclass
class Outcome:
    """What the table shows."""

    options: Options
    rig: Rig
    counts: Counter
    seconds: float
    drained: float
    violations: list
    missed: list
    exit_code: int | None

    @property
    def good(self):
        return not self.violations and not self.missed


class Run:
    """One run in `folder`, which is empty and its own."""

    def __init__(self, folder, options, say=print):
        self.rig = Rig(folder, options)
        self.options, self._say = options, say
        self.counts = Counter()
        self.faults = []

    async def go(self):
        began = time.monotonic()
        try:
            await self.rig.start()
            missed = await self._trouble(began)
            self._say("quiet: everything is up and drains")
            calm = time.monotonic()
            await self._drain()
            drained = time.monotonic() - calm
        finally:
            code = await self.rig.stop()
        self.rig.read()
        history = self.rig.history
        history.faults = [*self.faults, *self.rig.broker.faults]
        history.undrained = self.rig.busy
        history.crashes = list(self.rig.broker.crashes)
        if code not in (0, None):
            history.crashes.append(f"SIGTERM at the end: exit code {code}")
        seconds = time.monotonic() - began
        return Outcome(self.options, self.rig, self.counts, seconds, drained, list(violations(history)), missed, code)

    # --- until the quotas are met -------------------------------------------------------------------------------------

    async def _trouble(self, began):
        actors = [self._kill(), self._disturb(), self._fail_disk(), *map(self._take_down, self.rig.upstreams)]
        tasks = [asyncio.create_task(actor) for actor in actors]
        try:
            while (missed := self._missed()) and time.monotonic() - began < self.options.seconds:
                done, _ = await asyncio.wait(tasks, timeout=1.0, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    task.result()
                self.rig.alive()
                self.rig.read()
                self._say(self._progress(began))
            return missed
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            self._say(*(f"failed: {one!r}" for one in results if isinstance(one, Exception)))
            await self._lift_all()

    async def _lift_all(self):
        for upstream in self.rig.upstreams.values():
            await upstream.revive()
        self.rig.broker.forgive = self.rig.broker.paused = False
        async with asyncio.timeout(60):
            await self.rig.broker.ready.wait()

    def _missed(self):
        """The quotas that have not been met yet, as texts."""
        wanted = {"kills": self.options.kills, "outages": self.options.outages, "messages": self.options.messages}
        wanted |= {f"disk {method}": self.options.windows for method in self.rig.methods}
        found = Counter(self.counts)
        found |= Counter({"kills": self.rig.broker.kills, "messages": self.rig.history.acknowledged})
        return [f"{name}: {found[name]} of {number}" for name, number in wanted.items() if found[name] < number]

    def _progress(self, began):
        return f"{time.monotonic() - began:5.0f} s  still to come: {', '.join(self._missed()) or 'nothing'}"

    # --- the troubles -------------------------------------------------------------------------------------------------

    async def _kill(self):
        broker = self.rig.broker
        for step in plan.kills(self.options.seed):
            await (broker.started if step.starting else broker.ready).wait()
            await asyncio.sleep(step.wait)
            broker.kill()
            if broker.kills >= self.options.kills:
                return

    async def _take_down(self, name):
        upstream = self.rig.upstreams[name]
        for step in plan.outages(self.options.seed, name):
            await asyncio.sleep(step.wait)
            begin = time.monotonic()
            try:
                await upstream.down(step)
            finally:
                self._fault(begin, "outage", upstream=name)
            self.counts["outages"] += 1
            self.counts["stopped" if step.stop else "killed"] += 1

    async def _disturb(self):
        """Several disturbances may overlap; no more than four."""
        slots = asyncio.Semaphore(4)
        async with asyncio.TaskGroup() as group:
            for number, step in enumerate(plan.disturbances(self.options.seed, list(self.rig.proxies))):
                await asyncio.sleep(step.wait)
                await slots.acquire()
                group.create_task(self._disturbance(number, step)).add_done_callback(lambda _: slots.release())

    async def _disturbance(self, number, step):
        rng = random.Random(f"{self.options.seed}/disturbance/{number}")
        identities = {identity for identity in self.rig.fleet if rng.random() < step.share}
        proxy, begin = self.rig.proxies[step.place], time.monotonic()
        proxy.begin(number, step.mode, identities, delay=step.delay)
        try:
            await asyncio.sleep(0 if step.mode == RESET else step.seconds)
        finally:
            proxy.end(number)
            if step.mode in COSTLY:
                upstream = None if step.place == plan.STATIONS else step.place
                self._fault(begin, step.mode, frozenset(identities), upstream)
        self.counts[step.mode] += 1

    async def _fail_disk(self):
        for step in plan.troubles(self.options.seed, self.rig.methods):
            await asyncio.sleep(step.wait)
            if self.counts[f"disk {step.method}"] < self.options.windows:
                await self._disk_window(step)

    async def _disk_window(self, step):
        broker = self.rig.broker
        if not step.at_start:
            await broker.ready.wait()
        begin = time.monotonic()
        lift = await self._refuse(step)
        try:
            await asyncio.sleep(step.seconds)
            if step.kill:
                broker.kill()
                await asyncio.sleep(0.3)
        finally:
            hit = await lift()
            self._fault(begin, f"disk {step.method}")
        self.counts[f"disk {step.method}"] += 1
        self.counts[f"hit {step.method}"] += bool(hit)

    async def _refuse(self, step):
        """Begin a window; gives the coroutine function that ends it."""
        broker = self.rig.broker
        if step.method == plan.FSYNC:
            return FailingFsync(broker.pid, self.rig.folder / "fsync.strace").lift
        broker.forgive = True
        if step.method == plan.LIMIT:
            undo = FileLimit(broker.pid).lift
        else:
            if step.at_start:
                await self._find_it_full()
            self.rig.disk.fill(step.spare)
            broker.paused = False
            undo = self.rig.disk.release

        async def lift():
            undo()
            await asyncio.sleep(0.5)  # a start that has just failed is still told of
            broker.forgive = False
            return True

        return lift

    async def _find_it_full(self):
        """The broker is down and its write-ahead log empty, so that its first writes need room."""
        broker = self.rig.broker
        broker.paused = True
        broker.kill()
        while broker.started.is_set():
            await asyncio.sleep(0.01)
        await asyncio.to_thread(shorten, self.rig.store_from_here)

    def _fault(self, begin, kind, stations=None, upstream=None):
        self.faults.append(Fault(begin, time.monotonic(), kind, stations, upstream))

    # --- afterwards ---------------------------------------------------------------------------------------------------

    async def _drain(self):
        """Until nothing is missing and the stations have nothing left, or nothing moves any more."""
        self.rig.finish()
        left, since = None, time.monotonic()
        while time.monotonic() - since < self.options.drain_seconds:
            await asyncio.sleep(1.0)
            self.rig.alive()
            self.rig.read()
            now = (len(self.rig.busy), sum(1 for _ in lost(self.rig.history)), self.rig.history.acknowledged)
            if now[:2] == (0, 0):
                break
            if now != left:
                self._say(f"still to come: {now[0]} stations, {now[1]} messages at upstreams")
                left, since = now, time.monotonic()
        await asyncio.sleep(3.0)  # whatever is sent twice has time to come
