"""A stopped, slow or garbage-sending upstream of one station is nobody else's business; what waits is bounded and kept.

How much it costs the others in time is measured by `python -m benchmarks.isolation`.
"""

import asyncio
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from aiohttp import ClientSession
from e2e_kit import TOKEN, WAIT, Refused, until
from process_kit import Served
from watched_kit import (
    NOW,
    Backend,
    Operator,
    behind,
    booted,
    meter,
    start,
    station,
    stop,
)

HERE = Path(__file__).parent
QUOTA = 65536
LISTEN = "import asyncio, csms_process_kit as kit; asyncio.run(kit.listen())"


class Apart:
    """A CSMS that is a process of its own, so that it can be stopped; `heard` is what it was asked."""

    def __init__(self, folder):
        self._file = folder / "heard"
        with self._file.open("wb") as heard:
            self.process = subprocess.Popen([sys.executable, "-c", LISTEN], cwd=HERE, stdout=heard)

    async def upstream(self, **more):
        await until(lambda: self._file.read_text().count("\n") >= 1)
        port = json.loads(self._file.read_text().splitlines()[0])
        reconnect = {"initial": 0.05, "maximum": 0.1}
        return {"bad": {"url": f"ws://127.0.0.1:{port}/{{identity}}", "reconnect": reconnect, **more}}

    def heard(self, *actions):
        """What it was asked, by its own order, each once."""
        lines = self._file.read_text().rpartition("\n")[0].splitlines()[1:]
        calls = [json.loads(line) for line in lines]
        return list(dict.fromkeys(json.dumps(payload) for action, payload in calls if action in actions))

    def send(self, number):
        self.process.send_signal(number)

    def end(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def apart(tmp_path):
    csms = Apart(tmp_path)
    yield csms
    csms.end()


@pytest.fixture
def serve(tmp_path):
    started = []

    def begin(settings):
        started.append(Served(tmp_path, settings))
        return started[-1]

    yield begin
    for one in started:
        one.kill()


def beside(main, bad, *, primary, **more):
    """Everybody goes to `main`; so does BAD, but `bad` is its secondary, or its primary in the place of `main`."""
    other = "bad" if primary == "main" else "main"
    settings = behind(main, **more)
    settings["upstreams"] |= bad
    route = {"match": {"identity": "BAD"}, "primary": primary, "when_primary_down": "hold", "grace": 0.2}
    settings["routes"].insert(0, {**route, "secondaries": [{"upstream": other}]})
    return settings


async def others_are_answered(served, *, times=8):
    """Whole transactions of other stations, one after another and all at once."""

    async def one(identity):
        async with station(served.url(identity)) as end:
            await booted(end)
            for _ in range(times):
                number = (await end.call("StartTransaction", start()))["transactionId"]
                await end.call("MeterValues", meter(number))
                await end.call("StopTransaction", stop(number))

    async with asyncio.timeout(WAIT):
        await asyncio.gather(*(one(f"GOOD{number}") for number in range(3)))


async def dropped(served):
    """How many meter values were left out for want of room."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with ClientSession(headers=headers) as client, client.get(f"{served.admin}/metrics") as answer:
        text = await answer.text()
    found = re.search(r'^switchboard_outbox_dropped_total\{[^}]*reason="periodic"[^}]*\} (\S+)', text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def test_a_stopped_secondary_delays_nobody_fills_only_its_outbox_and_is_told_everything_that_counts(serve, apart):
    async with Backend("main", first=1) as main:
        bad = await apart.upstream(call_timeout=0.5)
        served = serve(beside(main, bad, primary="main", outbox={"station_bytes": QUOTA, "station_per_second": 5000,
                                                                 "upstream_per_second": 5000}))  # fmt: skip
        operator = Operator(served.admin)
        async with station(served.url("BAD")) as end:
            await booted(end)
            first = (await end.call("StartTransaction", start()))["transactionId"]
            await until(lambda: apart.heard("StartTransaction"))
            apart.send(signal.SIGSTOP)
            async with asyncio.timeout(WAIT):
                for value in range(700):
                    await end.call("MeterValues", meter(first, value))
                await end.call("StopTransaction", stop(first, 700))
                second = (await end.call("StartTransaction", start("OTHER")))["transactionId"]
                await end.call("StopTransaction", stop(second, 1))
            await others_are_answered(served)
            [row] = (await operator.get("outbox"))["outboxes"]
            assert (row["identity"], row["upstream"]) == ("BAD", "bad")
            assert row["bytes"] <= QUOTA
            left_out = await dropped(served)
            assert left_out > 0
            apart.send(signal.SIGCONT)
            await operator.empty()
        assert len(apart.heard("StartTransaction")) == 2
        assert [json.loads(one)["meterStop"] for one in apart.heard("StopTransaction")] == [700, 1]
        values = [int(json.loads(one)["meterValue"][0]["sampledValue"][0]["value"])
                  for one in apart.heard("MeterValues")]  # fmt: skip
        assert values == sorted(values)
        assert len(values) == 700 - left_out, "everything else is there"
        assert len(main.of("BAD", "MeterValues")) == 700


async def test_a_stopped_primary_of_one_station_stops_no_other_and_nothing_that_was_acknowledged_is_lost(serve, apart):
    async with Backend("main", first=1) as main:
        served = serve(beside(main, await apart.upstream(call_timeout=0.5), primary="bad"))
        async with station(served.url("BAD")) as end:
            await booted(end)
            apart.send(signal.SIGSTOP)
            calls = [asyncio.create_task(end.call("StartTransaction", start(str(tag)))) for tag in range(3)]
            await others_are_answered(served)
            for call in calls:
                with pytest.raises(Refused):
                    await call
            assert main.of("BAD", "StartTransaction") == []
            apart.send(signal.SIGCONT)
            answers = [await keep_trying(end, "StartTransaction", start(str(tag))) for tag in range(3)]
            await Operator(served.admin).empty()
            assert len({answer["transactionId"] for answer in answers}) == 3
        assert [one["idTag"] for one in main.of("BAD", "StartTransaction")] == ["0", "1", "2"], "each once"


async def keep_trying(end, action, payload):
    """As a station does that has got an error for a transaction message (OCPP 1.6, 3.7.1)."""
    async with asyncio.timeout(WAIT):
        while True:
            try:
                return await end.call(action, payload)
            except Refused:
                await asyncio.sleep(0.05)


GARBAGE = (
    '[3,"nobody",{}]', "{", '[2,"x","Nonsense",{}]', "[]", '[4,"1","Foo","",{}]', "null", "[2]", "[" * 200,
    '[2,"y"]', "\u20ac" * 300, '[2,7,"Reset"]',
)  # fmt: skip


@pytest.mark.parametrize("role", ["secondary", "primary"])
async def test_garbage_of_an_upstream_reaches_nobody_and_its_station_is_served(serve, role):
    bad = Backend("bad", first=900)
    async with Backend("main", first=1) as main, bad:
        served = serve(beside(main, bad.upstream(), primary="bad" if role == "primary" else "main"))
        async with station(served.url("BAD")) as end:
            await booted(end)
            link = await bad.end("BAD")
            littering = asyncio.create_task(litter(link.ws))
            for _ in range(20):
                number = (await end.call("StartTransaction", start()))["transactionId"]
                await end.call("StopTransaction", stop(number))
            await others_are_answered(served)
            await Operator(served.admin).empty()
            littering.cancel()
            assert {action for action, _ in end.asked} <= {"Nonsense"}
        for backend in (main, bad):
            assert len(backend.of("BAD", "StartTransaction")) == len(backend.of("BAD", "StopTransaction")) == 20
        assert len(bad.ends["BAD"]) == 1
        link.faults.clear()  # answers to what was none of its calls; that they came is right
    assert "Traceback" not in served.log


async def litter(ws):
    while True:
        for text in GARBAGE:
            await ws.send(text)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("role", ["secondary", "primary"])
async def test_a_slow_upstream_slows_its_own_station_at_most(serve, role):
    async def slow(_):
        await asyncio.sleep(0.1)
        return {"currentTime": NOW}

    async def slow_data(_):
        await asyncio.sleep(0.1)
        return {"status": "Accepted"}

    bad = Backend("bad", Heartbeat=slow, DataTransfer=slow_data)
    async with Backend("main", first=1) as main, bad:
        served = serve(beside(main, bad.upstream(), primary="bad" if role == "primary" else "main"))
        async with station(served.url("BAD")) as end:
            await booted(end)
            calls = [asyncio.create_task(end.call("DataTransfer", {"vendorId": str(n)})) for n in range(5)]
            await others_are_answered(served)
            done = sum(call.done() for call in calls)
            assert [await call for call in calls] == [{"status": "Accepted"}] * 5
            assert role == "primary" or done == 5
            await until(lambda: len(bad.of("BAD", "DataTransfer")) == 5)
        assert [one["vendorId"] for one in bad.of("BAD", "DataTransfer")] == list("01234")
        assert [one["vendorId"] for one in main.of("BAD", "DataTransfer")] == list("01234")
