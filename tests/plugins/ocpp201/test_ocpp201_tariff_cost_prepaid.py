from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import Token
from broker.testing import StoppedClock
from plugins.ocpp201.tariff_cost.prepaid import Prepaid, already
from tests.plugins.ocpp201.ocpp201_tariff_kit import Neighbour, priced

D = Decimal


class Killed(Exception):
    """The process ends here."""


class Row:
    """What the row of a transaction says of it; a process that is killed may be killed before or after it writes."""

    def __init__(self):
        self.note = None
        self.kept = []
        self.dies_at = None

    async def keep(self, note):
        if self.dies_at == len(self.kept):
            raise Killed
        self.note = note
        self.kept.append(note)


@pytest.fixture
async def h():
    async with priced(tokens=(Token(id="PRE", credit=10.0), Token(id="POST"))) as found:
        yield found


async def settled(row, total, token="PRE"):
    await Prepaid(Neighbour.latest.context).settle(token, D(total), row.note, row.keep)


async def credit(h, token="PRE"):
    return (await h.records.tokens.find(token)).credit


async def test_the_cost_is_taken_off_the_credit_once(h):
    row = Row()
    for _ in range(3):
        await settled(row, "3.5")
    assert await credit(h) == 6.5
    assert row.note == {"taken": 3.5}


async def test_another_cost_after_the_end_takes_or_gives_back_the_difference(h):
    row = Row()
    for total, left in (("3.5", 6.5), ("4.75", 5.25), ("1", 9.0), ("0", 10.0)):
        await settled(row, total)
        assert await credit(h) == left


async def test_more_than_the_credit_leaves_a_debt(h):
    await settled(Row(), "12")
    assert await credit(h) == -2.0


async def test_a_token_without_credit_and_one_that_is_gone_have_nothing_taken(h):
    row = Row()
    await settled(row, "3", "POST")
    await settled(row, "3", "GONE")
    assert (row.kept, await credit(h, "POST")) == ([], None)


async def test_what_costs_nothing_writes_nothing(h):
    row = Row()
    await settled(row, "0")
    assert row.kept == []


@pytest.mark.parametrize("dies_at", [0, 1])
async def test_a_kill_before_or_after_the_token_is_written_takes_nothing_twice(h, dies_at):
    row = Row()
    row.dies_at = dies_at
    with pytest.raises(Killed):
        await settled(row, "3.5")
    row.dies_at = None
    await settled(row, "3.5")
    assert await credit(h) == 6.5
    assert row.note == {"taken": 3.5}


async def test_a_kill_between_the_row_and_the_token_takes_it_the_next_time(h, monkeypatch):
    row = Row()

    async def dies(token):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(h.records.tokens, "put", dies)
        with pytest.raises(Killed):
            await settled(row, "3.5")
    assert await credit(h) == 10.0
    await settled(row, "3.5")
    assert await credit(h) == 6.5


def test_where_the_credit_was_changed_since_a_kill_it_counts_as_taken():
    note = {"taken": 0.0, "taking": [10.0, 6.5, 3.5]}
    assert already(note, D("10.0")) == 0
    assert already(note, D("6.5")) == D("3.5")
    assert already(note, D("26.5")) == D("3.5")


@pytest.mark.parametrize("note", [None, 5, {"taken": "x"}, {"taking": [1, 2]}, {"taking": 7}])
def test_a_note_that_cannot_be_read_is_none(note):
    assert already(note, D(10)) == 0


class Tokens:
    """One prepaid token, in memory."""

    def __init__(self, credit):
        self.token = Token(id="PRE", credit=credit)

    async def find(self, token_id):
        return self.token

    async def put(self, token):
        self.token = token


@given(st.lists(st.tuples(st.integers(0, 2), st.decimals(0, 100, places=2)), max_size=12))
async def test_in_the_end_the_credit_is_less_by_the_last_cost_of_each_transaction(changes):
    tokens = Tokens(1000.0)
    prepaid = Prepaid(SimpleNamespace(records=SimpleNamespace(tokens=tokens), clock=StoppedClock()))
    rows, last = {}, {}
    for number, total in changes:
        row = rows.setdefault(number, Row())
        await prepaid.settle("PRE", total, row.note, row.keep)
        last[number] = total
    assert D(str(tokens.token.credit)) == 1000 - sum(last.values())
