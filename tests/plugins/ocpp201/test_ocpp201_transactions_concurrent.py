import pytest

from broker.api import Connector, Transaction
from broker.testing import Harness
from plugins.ocpp201.transactions.concurrent import charges_elsewhere
from plugins.ocpp201.transactions.plugin import Transactions


def tx(identity="CP001", transaction_id="mine", evse=1, **members):
    row = {"version": "ocpp2.0.1", "connector": 1, "token": "CARD1", "status": "Accepted", "received_at": 10.0}
    return Transaction(identity=identity, transaction_id=transaction_id, evse=evse, **{**row, **members})


@pytest.fixture
async def records():
    h = await Harness((Transactions, {})).ready()
    yield h.records
    await h.stop()


@pytest.mark.parametrize(
    ("other", "elsewhere"),
    [
        (tx(evse=2, transaction_id="other"), True),
        (tx(identity="CP002", transaction_id="other"), True),
        (tx(identity="CP002"), True),
        (tx(evse=2, transaction_id="other", status=""), True),
        (tx(evse=2, transaction_id="other", status="Blocked"), False),
        (tx(evse=2, transaction_id="other", ended=True), False),
        (tx(evse=2, transaction_id="other", token="CARD2"), False),
        (tx(transaction_id="other"), False),
        (tx(evse=None), False),
    ],
)
async def test_a_token_charges_elsewhere_where_another_evse_runs_a_transaction_of_it(records, other, elsewhere):
    await records.commit(records.transactions.put(other))
    assert await charges_elsewhere(records, tx(), "CARD1") is elsewhere


@pytest.mark.parametrize(("changed_at", "elsewhere"), [(11.0, False), (9.0, True)])
async def test_it_does_not_where_the_connector_has_been_free_since(records, changed_at, elsewhere):
    free = Connector(identity="CP002", evse=1, connector=1, status="Available", changed_at=changed_at)
    await records.commit(
        records.transactions.put(tx(identity="CP002", transaction_id="other")), records.connectors.put(free)
    )
    assert await charges_elsewhere(records, tx(), "CARD1") is elsewhere


async def test_it_does_where_the_connector_is_not_known(records):
    await records.commit(records.transactions.put(tx(identity="CP002", transaction_id="other", connector=None)))
    assert await charges_elsewhere(records, tx(), "CARD1") is True
