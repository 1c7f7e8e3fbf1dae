"""The device model in the records: written in lumps, the newest word counts."""

import asyncio

import pytest

from broker.api import StoreFailed
from broker.records import Records
from broker.store import Store
from broker.testing.fakes import StoppedClock
from plugins.ocpp201.provisioning import model
from plugins.ocpp201.provisioning.model import DeviceModels
from plugins.ocpp201.provisioning.told import Told

CP = "CP001"


class Kept:
    """A model over real records, with its tasks and a count of the readings of all variables."""

    def __init__(self, records):
        self.records = records
        self.clock = StoppedClock()
        self.tasks = []
        self.models = DeviceModels(records, self.clock, self._spawn)
        self.read = 0
        of = records.variables.of

        async def counted(identity):
            self.read += 1
            return await of(identity)

        self.of = of
        records.variables.of = counted

    def _spawn(self, work):
        self.tasks.append(work)  # for the test to await, or not

    async def values(self, identity=CP):
        return {f"{row.component}.{row.variable}": row.value for row in await self.of(identity)}


@pytest.fixture
async def kept():
    store = Store("sqlite://")
    await store.open()
    found = Kept(Records(store))
    yield found
    for task in found.tasks:
        task.close()
    await store.close()


def many(count, value="1"):
    return [Told(f"C{number % 7}", f"V{number}", value=value, details={}) for number in range(count)]


async def test_a_long_report_is_read_and_written_in_few_lumps(kept):
    told = many(3000)
    for first in range(0, 3000, 10):
        await kept.models.report(CP, told[first : first + 10])
    await kept.models.flush(CP)
    assert len(await kept.values()) == 3000
    assert kept.read == 2


async def test_what_waits_is_written_after_a_moment(kept, monkeypatch):
    monkeypatch.setattr(model, "_SECONDS", 0)
    await kept.models.report(CP, many(2))
    assert await kept.values() == {}
    await kept.tasks[0]
    assert len(await kept.values()) == 2
    assert len(kept.tasks) == 1


async def test_what_is_told_while_older_words_are_being_written_is_written_after_them(kept):
    reading, go_on, of = asyncio.Event(), asyncio.Event(), kept.records.variables.of

    async def slow(identity):
        reading.set()
        await go_on.wait()
        return await of(identity)

    kept.records.variables.of = slow
    await kept.models.report(CP, [Told("A", "B", value="old", details={})])
    flush = asyncio.ensure_future(kept.models.flush(CP))
    await reading.wait()
    kept.records.variables.of = of
    learn = asyncio.ensure_future(kept.models.learn(CP, [Told("A", "B", value="new")]))
    await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(flush, learn)
    assert await kept.values() == {"A.B": "new"}


async def test_what_was_written_meanwhile_is_not_written_by_its_timer(kept, monkeypatch):
    monkeypatch.setattr(model, "_SECONDS", 0)
    await kept.models.report(CP, many(2))
    await kept.models.flush(CP)
    await kept.models.report(CP, [Told("A", "B", value="1")])
    await kept.tasks[0]
    assert "A.B" not in await kept.values()
    await kept.tasks[1]
    assert "A.B" in await kept.values()


async def test_of_two_words_the_later_counts(kept):
    await kept.models.report(CP, [Told("A", "B", value="1")])
    await kept.models.report(CP, [Told("a", "b", value="2")])
    await kept.models.learn(CP, [Told("A", "B", value="3")])
    await kept.models.flush(CP)
    assert await kept.values() == {"a.b": "3"}


async def test_what_a_whole_report_does_not_name_is_gone(kept):
    await kept.models.learn(CP, many(3))
    await kept.models.learn("CP002", many(3))
    told = [*many(2, value="2"), Told("New", "One")]
    await kept.models.report(CP, told)
    assert await kept.models.flush(CP, all_of_it={one.key for one in told}) == 3
    assert await kept.values() == {"C0.V0": "2", "C1.V1": "2", "New.One": None}
    assert len(await kept.values("CP002")) == 3


async def test_answers_about_few_variables_read_no_others(kept):
    await kept.models.learn(CP, many(100))
    kept.read = 0
    await kept.models.learn(CP, many(3, value="2"))
    assert kept.read == 0
    assert list((await kept.values()).values()).count("2") == 3


async def test_names_of_another_case_make_no_second_row(kept):
    await kept.models.learn(CP, [Told("OCPPCommCtrlr", "OfflineThreshold", value="1")])
    await kept.models.learn(CP, [Told("ocppcommctrlr", "OFFLINETHRESHOLD", value="2")])
    assert await kept.values() == {"OCPPCommCtrlr.OfflineThreshold": "2"}


async def test_what_the_station_does_not_have_is_gone(kept):
    await kept.models.learn(CP, many(3))
    await kept.models.learn(CP, [], [many(1)[0].key, ("no", "such", "actual")])
    assert set(await kept.values()) == {"C1.V1", "C2.V2"}


async def test_a_station_fills_no_more_than_its_share(kept, monkeypatch):
    monkeypatch.setattr(model, "MOST", 5)
    await kept.models.learn(CP, many(3))
    await kept.models.learn(CP, many(9, value="2"))
    values = await kept.values()
    assert len(values) == 5
    assert set(values.values()) == {"2"}, "what is known goes on being kept"


async def test_nothing_is_written_twice(kept):
    written = []
    await kept.models.learn(CP, many(3))
    kept.records.later = lambda *changes: written.extend(changes)
    await kept.models.learn(CP, many(3))
    assert written == []


async def test_a_store_that_cannot_be_read_stops_nobody(kept):
    async def failed(*key):
        raise StoreFailed("the disk is gone")

    kept.records.variables.of = kept.records.variables.get = failed
    await kept.models.learn(CP, many(1))
    await kept.models.report(CP, many(2))
    await kept.models.flush_all()
    assert len(await kept.values()) == 2
