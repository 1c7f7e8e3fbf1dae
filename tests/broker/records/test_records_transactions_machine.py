"""Transactions against a model that is a list: whatever comes in whatever order, and whenever the broker ends."""

import asyncio
import tempfile
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from records_kit import meter, reading, readings, stop, transaction

from broker.records import Records
from broker.store import Store

STATIONS = st.sampled_from(["CP1", "CP2"])
IDS = st.sampled_from(["1", "2", "-1"])
KEYS = st.sampled_from(["a", "b", "c"])
TIMES = st.sampled_from([10.0, 20.0])


class Row:
    """One transaction of the model."""

    def __init__(self, key=None, stop=None, current=True):
        self.key, self.stop, self.current = key, stop, current
        self.values = []


class Model:
    """What became of one id of one station."""

    def __init__(self):
        self.rows = []
        self.loose = []
        self.seen = set()

    @property
    def now(self):
        return next((row for row in self.rows if row.current), None)

    def add(self, row):
        self.rows.append(row)
        if row.current:
            row.values, self.loose = self.loose, []

    def start(self, key):
        if any(row.key == key for row in self.rows):
            return
        now = self.now
        if now is not None and now.key is None:
            now.key = key
            return
        if now is not None:
            now.current = False
        self.add(Row(key))

    def end(self, time, number):
        if any(row.stop == time for row in self.rows):
            return
        now = self.now
        if now is not None and now.stop is None:
            now.stop = time
        else:
            self.add(Row(stop=time, current=now is None and number != "-1"))

    def measure(self, value):
        if value in self.seen:
            return
        self.seen.add(value)
        now = self.now
        (self.loose if now is None else now.values).append(value)


@cache
def template():
    """An empty database: to make one takes longer than to use it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "switchboard.db"

        async def made():
            store = Store(f"sqlite:///{path}")
            await store.open()
            await store.close()

        asyncio.run(made())
        return path.read_bytes()


class Machine(RuleBasedStateMachine):
    """Messages one by one or many a commit, waited for or not; the store closed and opened in between."""

    def __init__(self):
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.models, self.batch = {}, []

    @initialize()
    def begin(self):
        (Path(self.folder.name) / "switchboard.db").write_bytes(template())
        self.run(self.open())

    def run(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    async def open(self):
        self.store = Store(f"sqlite:///{Path(self.folder.name) / 'switchboard.db'}")
        await self.store.open()
        self.records = Records(self.store)

    def model(self, identity, number):
        return self.models.setdefault((identity, number), Model())

    @rule(identity=STATIONS, number=IDS, key=KEYS)
    def start(self, identity, number, key):
        self.model(identity, number).start(key)
        self.batch.append(self.records.transactions.started(transaction(number, key, identity=identity)))

    @rule(identity=STATIONS, number=IDS, time=TIMES)
    def end(self, identity, number, time):
        self.model(identity, number).end(time, number)
        self.batch.append(stop(self.records, number, identity, stopped_at=time))

    @rule(identity=STATIONS, number=IDS, value=st.integers(1, 4))
    def measure(self, identity, number, value):
        self.model(identity, number).measure(value)
        self.batch.append(meter(self.records, reading(value), number, identity))

    @rule()
    def commit(self):
        changes, self.batch = self.batch, []
        self.run(self.records.commit(*changes))

    @rule()
    def commit_one_by_one(self):
        changes, self.batch = self.batch, []
        for change in changes:
            self.run(self.records.commit(change))

    @rule()
    def later(self):
        changes, self.batch = self.batch, []
        self.records.later(*changes)

    @rule()
    def restart(self):
        self.later()
        self.run(self.store.close())
        self.run(self.open())

    @invariant()
    def it_is_as_the_model_says(self):
        if not self.batch and hasattr(self, "records"):
            self.run(self.compare())

    async def compare(self):
        found = await self.records.transactions.page(limit=10_000)
        for (identity, number), model in self.models.items():
            rows = [row for row in found if (row.identity, row.transaction_id) == (identity, number)]
            assert [(row.start_key or None, row.stopped_at, row.ended, row.epoch == 0) for row in rows] == [
                (row.key, row.stop, row.stop is not None, row.current) for row in model.rows
            ]
            read = self.records.meter_values.of_transaction
            values = [readings(await read(identity, number, epoch=row.epoch)) for row in rows if row.epoch]
            assert values == [row.values for row in model.rows if not row.current]
            now = model.now
            assert readings(await read(identity, number)) == (model.loose if now is None else now.values)
        open_ones = [row for (identity, _), model in self.models.items() for row in model.rows if row.stop is None]
        assert len(await self.records.transactions.page(open=True)) == len(open_ones)

    def teardown(self):
        if hasattr(self, "records"):
            self.run(self.store.close())
        self.loop.close()
        self.folder.cleanup()


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
