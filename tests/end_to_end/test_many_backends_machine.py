"""Several upstreams, and whatever can go wrong: nothing that was acknowledged is lost, and nobody sees a foreign id.

The session layer as it is, on a store in a file, with real WebSockets on both sides; only its times are short. The
model is the list of messages, each with those it was promised to.
"""

import asyncio
import json
import shutil
import tempfile
from pathlib import Path

import pytest
from aiohttp import ClientSession
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from machine_broker_kit import UPSTREAMS, Broker, routes, short_times
from machine_checks_kit import broken
from machine_csms_kit import Csms
from machine_history_kit import History, number_of
from machine_station_kit import V16, V201, Station

ROUTES = routes()
_MOMENT = 0.02
_HEALED = 12.0

stations = st.sampled_from(["CP1", "CP2"])
upstreams = st.sampled_from(UPSTREAMS)
pauses = st.sampled_from([0.0, 0.003, 0.01, 0.03])


class World:
    """Stations, broker and upstreams on one loop."""

    def __init__(self, folder):
        self._folder = folder

    async def begin(self):
        self.history = History(asyncio.get_running_loop().time)
        self.upstreams = {name: Csms(name, self.history) for name in UPSTREAMS}
        for one in self.upstreams.values():
            await one.start()
        ports = [(name, one.port) for name, one in self.upstreams.items()]
        self.broker = Broker(self._folder / "switchboard.db", ports, self.history)
        await self.broker.open_door()
        await self.broker.start()
        self._client = ClientSession()
        self.stations = {}
        for identity, version in (("CP1", V16), ("CP2", V201)):
            may_be_under = [self.broker.configured]
            self.stations[identity] = Station(
                identity, version, self.history, self._client, self.broker.port, may_be_under
            )
            self.stations[identity].routes = may_be_under

    async def end(self):
        for station in self.stations.values():
            await station.drop()
        await self._client.close()
        await self.broker.stop()
        for one in self.upstreams.values():
            await one.stop()
        await self.broker.close_door()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:  # aiohttp's, of connections that were torn down
            task.cancel()
            await asyncio.wait((task,))

    async def moment(self, seconds=_MOMENT):
        """Let the stations do what they can, and everybody else too, for a short time."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while True:
            for station in self.stations.values():
                if station.wanted and not station.connected:
                    await station.connect()
                await station.pump()
            if loop.time() >= until or all(station.idle for station in self.stations.values()):
                return
            await asyncio.sleep(0.001)

    async def pause(self, seconds):
        await self.moment(seconds)
        await asyncio.sleep(seconds)

    async def lose_answer(self, station, pause):
        """The head of the queue goes out; the station is gone before it has read the answer."""
        if not station.connected:
            return
        station.deaf = True
        await station.pump()
        await asyncio.sleep(pause)
        await station.drop()

    async def reconnect(self, station, version):
        await station.drop()
        station.version = version

    async def reroute(self, station, route):
        """None for the configured one."""
        new = route or self.broker.configured
        station.routes.append(new)
        for queue in station.queues.values():
            for message in queue[:1]:
                if message.sent:
                    message.routes.append(new)
        self.history.log("route of", station.identity, new.primary, new.when_primary_down_mode)
        if route is None:
            await self.broker.sessions.clear_route(station.identity)
        else:
            await self.broker.sessions.set_route(station.identity, route)
        station.routes[:] = [new]
        self.history.log("route set")

    async def kill(self):
        fault = self.history.fault("kill")
        await self.broker.kill()
        while any(one.open for one in self.upstreams.values()):
            await asyncio.sleep(0)
        await self.broker.start()
        fault.end = self.history.clock()

    async def restart(self):
        fault = self.history.fault("restart")
        await self.broker.stop()
        while any(one.open for one in self.upstreams.values()):
            await asyncio.sleep(0)
        await self.broker.start()
        fault.end = self.history.clock()

    # --- the end ----------------------------------------------------------------------------------------------------

    async def heal(self):
        """Everything works again, and everything is delivered: each version's queue, and each outbox."""
        self.history.log("heal")
        for one in self.upstreams.values():
            one.heal()
            await one.speak(late=False)
        for station in self.stations.values():
            for version in (station.version, V16, V201):
                if version != station.version and not station.queues[version]:
                    continue
                await self.reconnect(station, version)
                station.wanted = True
                await self._until(lambda station=station: not station.queues[station.version], "the station's queue")
        for station in self.stations.values():
            boxes = [box for box in self.broker.sessions.deliveries.outboxes() if box["identity"] == station.identity]
            if boxes and len(station.used) > 1:
                await self.moment(0.2)
                station.wanted = False
                await station.drop()
        await self._until(lambda: not self.broker.sessions.deliveries.outboxes(), "the outboxes")
        for row in await self.broker.sessions.deliveries.dead(limit=1000):
            message = self.history.messages[number_of(json.loads(row["payload"]))]
            if row["upstream"] in message.secondaries | message.owners:
                self.history.violation(f"dead letter: {row}")

    async def _until(self, condition, what):
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _HEALED
        while not condition():
            if loop.time() > deadline:
                boxes = self.broker.sessions.deliveries.outboxes()
                raise AssertionError(f"not drained: {what} {boxes}{self.history.told()}")
            await self.moment()
            for station in self.stations.values():
                await station.beat()  # a secondary is told nothing before the station's first word
            await asyncio.sleep(0.002)


class ManyBackends(RuleBasedStateMachine):
    """Two stations, three upstreams and a broker."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.times = short_times()
        self.loop = asyncio.new_event_loop()
        self.world = World(self.folder)

    def run(self, coro):
        return self.loop.run_until_complete(coro)

    @initialize(boots=st.booleans(), first=st.sampled_from(sorted(ROUTES)), second=st.sampled_from(sorted(ROUTES)))
    def begins(self, boots, first, second):
        self.run(self.world.begin())
        for station, name in zip(self.world.stations.values(), (first, second), strict=True):
            station.wanted = True
            if boots:
                self.run(station.boot())
            self.run(self.world.reroute(station, ROUTES[name]))
        self.go()

    def teardown(self):
        try:
            if hasattr(self.world, "stations"):
                self.run(self.world.heal())
                problems = self.world.history.wrong + broken(self.world.history)
                assert not problems, "\n".join(problems) + self.world.history.told()
        finally:
            if hasattr(self.world, "stations"):
                self.run(self.world.end())
            self.run(self.loop.shutdown_default_executor())
            self.loop.close()
            self.times.close()
            shutil.rmtree(self.folder)

    def go(self):
        self.run(self.world.moment())

    # --- stations ---------------------------------------------------------------------------------------------------

    @rule(identity=stations, connector=st.integers(1, 2))
    def begins_to_charge(self, identity, connector):
        station = self.world.stations[identity]
        charge = self.world.history.charge(identity, station.version, connector)
        charge.start = station.say("start" if station.version == V16 else "begin", charge)
        station.running[station.version].append(charge)
        self.go()

    @rule(identity=stations, which=st.integers(0, 3), times=st.integers(1, 3))
    def meters(self, identity, which, times):
        station = self.world.stations[identity]
        running = station.running[station.version]
        for _ in range(times if running else 0):
            station.say("meter" if station.version == V16 else "update", running[which % len(running)])
        self.go()

    @rule(identity=stations, which=st.integers(0, 3))
    def stops(self, identity, which):
        station = self.world.stations[identity]
        running = station.running[station.version]
        if running:
            station.say("stop" if station.version == V16 else "end", running.pop(which % len(running)))
        self.go()

    @rule(identity=stations)
    def has_a_security_event(self, identity):
        self.world.stations[identity].say("security")
        self.go()

    @rule(identity=stations, boots=st.booleans())
    def says_something_else(self, identity, boots):
        station = self.world.stations[identity]
        self.run(station.boot() if boots else station.other())
        self.go()

    @rule(identity=stations, kind=st.sampled_from(["start", "meter", "stop", "security"]), pause=pauses)
    def loses_an_answer(self, identity, kind, pause):
        station = self.world.stations[identity]
        running = station.running[station.version]
        v16 = station.version == V16
        if kind == "start":
            charge = self.world.history.charge(identity, station.version, 1)
            charge.start = station.say("start" if v16 else "begin", charge)
            running.append(charge)
        elif kind == "security" or not running:
            station.say("security")
        elif kind == "meter":
            station.say("meter" if v16 else "update", running[-1])
        else:
            station.say("stop" if v16 else "end", running.pop())
        self.run(self.world.lose_answer(station, pause))
        self.run(self.world.pause(pause))

    @rule(identity=stations, version=st.sampled_from([V16, V201]), pause=pauses)
    def comes_back(self, identity, version, pause):
        station = self.world.stations[identity]
        station.wanted = True
        self.run(self.world.reconnect(station, version))
        self.run(self.world.pause(pause))

    @rule(identity=stations)
    def stays_away(self, identity):
        station = self.world.stations[identity]
        station.wanted = False
        self.run(station.drop())
        self.go()

    @rule(identity=stations, slow=st.booleans())
    def takes_its_time(self, identity, slow):
        self.world.stations[identity].slow = slow

    # --- upstreams --------------------------------------------------------------------------------------------------

    @rule(name=upstreams, pause=pauses)
    def goes_down(self, name, pause):
        self.world.upstreams[name].go_down()
        self.run(self.world.pause(2 * pause))

    @rule(name=upstreams)
    def comes_up(self, name):
        self.world.upstreams[name].come_up()
        self.go()

    @rule(name=upstreams)
    def falls_silent(self, name):
        self.world.upstreams[name].fall_silent()

    @rule(name=upstreams, late=st.booleans())
    def speaks_again(self, name, late):
        self.run(self.world.upstreams[name].speak(late=late))
        self.go()

    @rule(name=upstreams)
    def errs(self, name):
        self.world.upstreams[name].errs = True

    @rule(name=upstreams, how=st.sampled_from(["before", "after"]))
    def breaks(self, name, how):
        self.world.upstreams[name].breaks = how

    @rule(names=st.lists(upstreams, min_size=1, max_size=4), identity=stations, which=st.integers(0, 3))
    def command(self, names, identity, which):
        running = self.world.stations[identity].running[V16]
        charge = running[which % len(running)] if running else None
        for name in names:
            self.run(self.world.upstreams[name].ask(identity, charge))
        self.go()

    # --- the broker -------------------------------------------------------------------------------------------------

    @rule(pause=pauses)
    def is_killed(self, pause):
        self.run(self.world.moment(pause))
        self.run(self.world.kill())
        self.go()

    @rule()
    def is_restarted(self):
        self.run(self.world.restart())
        self.go()

    @rule(identity=stations, name=st.sampled_from(["configured", *sorted(ROUTES)]))
    def changes_route(self, identity, name):
        self.run(self.world.reroute(self.world.stations[identity], ROUTES.get(name)))
        self.go()

    @rule(seconds=st.sampled_from([0.02, 0.1, 0.3]))
    def time_passes(self, seconds):
        self.run(self.world.pause(seconds / 2))


_COMMON = settings(
    deadline=None,
    stateful_step_count=25,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    report_multiple_bugs=False,
    database=None,
)

#: A broker that is killed does not close its connections.
_killed = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <function Connection.__del__:pytest.PytestUnraisableExceptionWarning"
)


@_killed
class TestManyBackends(ManyBackends.TestCase):
    """The same few dozen runs each time, but for the times."""

    settings = settings(_COMMON, max_examples=25, derandomize=True, phases=[Phase.generate])


@_killed
@pytest.mark.long
@pytest.mark.timeout(3600)
class TestManyBackendsForLong(ManyBackends.TestCase):
    """Minutes, with other examples each time."""

    settings = settings(_COMMON, max_examples=400, phases=[Phase.generate])
