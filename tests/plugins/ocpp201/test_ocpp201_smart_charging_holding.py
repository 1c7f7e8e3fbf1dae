"""What is known of a station: its transactions."""

from ocpp201_smart_kit import ID, T0, smart, started

from broker.api import BasePlugin, Transaction
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
