"""What is known of a station: its transactions, what it can do, and what it and its EVs have told."""

import asyncio

from ocpp201_smart_kit import (
    ID,
    LIMIT,
    T0,
    V,
    ended,
    event,
    joined,
    knows,
    needs,
    sent,
    settled,
    smart,
    started,
    status,
)

from broker.api import BasePlugin, Reply, Transaction
from plugins.ocpp201.smart_charging.plugin import SmartCharging


class Book(BasePlugin):
    """What knows transactions before they are on the disk."""

    name = "book"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared["ocpp201.transactions"] = self
        self.shared["found"] = context.shared["ocpp201.smart_charging"]
        Book.smart = self.shared["found"]

    async def open_of(self, identity):
        return [
            Transaction(identity=identity, transaction_id="live", version="ocpp2.1", evse=1, started_at=T0),
            Transaction(identity=identity, transaction_id="over", version="ocpp2.1", evse=1, ended=True),
        ]


async def test_the_book_of_transactions_knows_more_than_the_records():
    async with smart(Book) as h:
        started(h, "kept")
        assert isinstance(Book.smart, SmartCharging)
        assert [each.transaction_id for each in await Book.smart.running(ID)] == ["live"]
        found = await Book.smart.running_on(ID, 1)
        assert found is not None
        assert found.transaction_id == "live"
        assert await Book.smart.running_on(ID, 2) is None


class Peek(BasePlugin):
    """What looks at the plugin."""

    name = "peek"

    def __init__(self, config, context):
        super().__init__(config, context)
        Peek.smart = self.shared["ocpp201.smart_charging"]


async def test_without_it_the_records_are_asked_and_the_newest_counts():
    async with smart(Peek) as h:
        started(h, "old", started_at=T0 - 10)
        started(h, "new", started_at=T0)
        started(h, "unknown", started_at=None, received_at=T0 - 5)
        assert [each.transaction_id for each in await Peek.smart.running(ID)] == ["old", "unknown", "new"]
        found = await Peek.smart.running_on(ID, 1)
        assert found is not None
        assert found.transaction_id == "new"


def counted(h, monkeypatch, book, method):
    """The arguments of each read of these records."""
    found = []
    inner = getattr(getattr(h.records, book), method)

    async def read(*given, **more):
        found.append(given)
        return await inner(*given, **more)

    monkeypatch.setattr(getattr(h.records, book), method, read)
    return found


async def test_needs_of_several_evses_at_once_are_all_kept():
    async with smart() as h:
        await asyncio.gather(*(h.call(V, "NotifyEVChargingNeeds", needs(evse)) for evse in (1, 2, 3)))
        shown = await h.operate(V, "charging-limits", {})
        assert [each["evseId"] for each in shown["chargingNeeds"]] == [1, 2, 3]


async def test_limits_of_several_sources_at_once_are_all_kept():
    async with smart() as h:
        limits = [{**LIMIT, "chargingLimit": {"chargingLimitSource": source}} for source in ("EMS", "SO", "CSO")]
        await asyncio.gather(*(h.call(V, "NotifyChargingLimit", each) for each in limits))
        await asyncio.gather(
            h.call(V, "ClearedChargingLimit", {"chargingLimitSource": "CSO"}),
            h.call(V, "NotifyChargingLimit", {**LIMIT, "evseId": 1}),
        )
        shown = await h.operate(V, "charging-limits", {})
        found = sorted((each["source"], each.get("evseId")) for each in shown["chargingLimits"] if "evseId" not in each)
        assert found == [("EMS", None), ("SO", None)]
        assert len(shown["chargingLimits"]) == 3


async def test_ceilings_of_several_transactions_at_once_are_all_kept():
    async with smart() as h:
        started(h, "tx1", 1)
        started(h, "tx2", 2)
        await asyncio.gather(*(h.operate(V, "renegotiate", {"evseId": evse, "limit": 10}) for evse in (1, 2)))
        kept = await h.records.documents.get("ocpp201.smart_charging", ID, "ceilings")
        assert kept == {"tx1": [10.0, "A"], "tx2": [10.0, "A"]}


async def test_a_transaction_of_a_station_that_has_told_nothing_reads_nothing_but_its_profiles_once(monkeypatch):
    async with smart() as h:
        documents = counted(h, monkeypatch, "documents", "get")
        running = counted(h, monkeypatch, "transactions", "open_of")
        profiles = counted(h, monkeypatch, "charging_profiles", "of")
        for kind in ("Started", "Updated", "Ended", "Started", "Ended"):
            await h.reply(V, "TransactionEvent", event(kind), Reply.result({}))
        assert (documents, running, len(profiles)) == ([], [], 1)


async def test_at_a_site_each_station_is_read_once_for_all_that_happens(monkeypatch):
    async with smart(sites=[{"limit": 40}]) as h:
        joined(h, "CP002")
        started(h)
        started(h, "tx2", identity="CP002")
        await status(h, needs())
        running = counted(h, monkeypatch, "transactions", "open_of")
        profiles = counted(h, monkeypatch, "charging_profiles", "of")
        await h.reply(V, "TransactionEvent", event("Ended", "tx9"), Reply.result({}))
        await settled()
        assert [identity for (identity,) in running].count("CP002") == 1
        assert profiles == []


async def test_what_a_controller_can_do_is_read_by_its_keys(monkeypatch):
    async with smart() as h:
        knows(h, ProfileStackLevel="9", PeriodsPerSchedule="10", RateUnit="A,W")
        every = counted(h, monkeypatch, "variables", "of")
        started(h)
        assert await status(h, needs()) == "Accepted"
        assert len(sent(h.session(V))) == 1
        assert every == []


async def test_a_controller_may_write_names_in_its_own_case():
    async with smart(Peek) as h:
        knows(h, profilestacklevel="0", PERIODSPERSCHEDULE="10", rateUnit="A", maxexternalconstraintsid="77")
        assert (await Peek.smart.capable(ID)).max_stack_level == 0
        assert await Peek.smart.reserved(ID) == 77


async def test_when_one_transaction_starts_another_one_is_not_told_its_schedule_again():
    async with smart() as h:
        started(h, "tx2", 2)
        assert await status(h, needs(2)) == "Accepted"
        assert await status(h, needs(1)) == "Processing"
        started(h)
        await h.reply(V, "TransactionEvent", event("Started"), Reply.result({}))
        await settled()
        assert [payload["evseId"] for payload in sent(h.session(V))] == [2, 1]


async def test_needs_wait_on_while_another_transaction_ends():
    async with smart() as h:
        started(h, "tx2", 2)
        await status(h, needs(2))
        await status(h, needs(1))
        ended(h, "tx2")
        await h.reply(V, "TransactionEvent", event("Ended", "tx2", 2), Reply.result({}))
        shown = await h.operate(V, "charging-limits", {})
        assert [(each["evseId"], each["transactionId"]) for each in shown["chargingNeeds"]] == [(1, None)]
