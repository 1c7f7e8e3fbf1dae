import pytest
from ocpp16_core_kit import NOW, core

from broker.api import Connector, Transaction
from plugins.ocpp16.concurrent import charges_elsewhere


def running(*, identity="CP2", evse=1, transaction_id="7", token="CARD1", status="Accepted"):
    return Transaction(
        identity=identity,
        transaction_id=transaction_id,
        version="ocpp1.6",
        evse=evse,
        connector=None if evse is None else 1,
        token=token,
        status=status,
        answered_by="local",
        received_at=NOW,
        updated_at=NOW,
        start_key=f"key {transaction_id}",
    )


def place(status, *, identity="CP2", evse=1, changed_at=NOW + 1):
    return Connector(
        identity=identity,
        evse=evse,
        connector=1,
        status=status,
        error_code="NoError",
        info="",
        vendor_id="",
        vendor_error_code="",
        at=None,
        changed_at=changed_at,
    )


async def elsewhere(h, *rows, status=None, tag="CARD1"):
    await h.records.commit(*(h.records.transactions.started(row) for row in rows))
    if status is not None:
        await h.records.commit(h.records.connectors.put(status))
    return await charges_elsewhere(h.records, "CP1", 1, tag)


@pytest.mark.parametrize("row", [running(), running(identity="CP1", evse=2), running(evse=None), running(status="")])
async def test_another_place_counts(row):
    async with core() as h:
        assert await elsewhere(h, row)


@pytest.mark.parametrize("tag", ["card1", "CARD1"])
async def test_the_tag_is_compared_without_regard_to_case(tag):
    async with core() as h:
        assert await elsewhere(h, running(), tag=tag)


@pytest.mark.parametrize(
    "row",
    [
        running(identity="CP1", evse=1),
        running(token="CARD2"),
        running(status="Invalid"),
        running(status="ConcurrentTx"),
    ],
)
async def test_this_connector_another_tag_and_refused_ones_do_not(row):
    async with core() as h:
        assert not await elsewhere(h, row)


async def test_one_that_has_ended_does_not_count():
    async with core() as h:
        stop = h.records.transactions.stopped(
            "CP2",
            "7",
            version="ocpp1.6",
            stopped_at=NOW,
            meter_stop=1,
            reason="Local",
            token=None,
            received_at=NOW,
            answered_by="local",
        )
        await h.records.commit(h.records.transactions.started(running()), stop)
        assert not await charges_elsewhere(h.records, "CP1", 1, "CARD1")


@pytest.mark.parametrize(
    ("status", "counts"),
    [("Available", False), ("Preparing", False), ("Reserved", False), ("Charging", True), ("Faulted", True)],
)
async def test_one_whose_connector_has_been_free_since_is_over(status, counts):
    async with core() as h:
        assert await elsewhere(h, running(), status=place(status)) is counts


async def test_a_status_from_before_the_transaction_says_nothing():
    async with core() as h:
        assert await elsewhere(h, running(), status=place("Available", changed_at=NOW - 1))


async def test_one_that_is_over_does_not_hide_one_that_runs():
    async with core() as h:
        assert await elsewhere(h, running(), running(evse=2, transaction_id="8"), status=place("Available"))
