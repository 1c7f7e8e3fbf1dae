"""Who waits for a new certificate."""

import asyncio

import pytest

from broker.api import OperationFailed
from plugins.shared.renewals import Renewals

ONE, OTHER = ("CP001", "a"), ("CP001", "b")


async def test_the_first_outcome_is_told_to_who_waits():
    renewals = Renewals()
    with renewals.waiting(ONE) as renewal:
        assert ONE in renewals
        assert OTHER not in renewals
        renewals.told(OTHER, {"other": 1})
        assert not renewal.done()
        renewals.told(ONE, {"first": 1})
        renewals.told(ONE, {"second": 1})
        assert await renewal == {"first": 1}
    assert len(renewals) == 0


async def test_a_failure_is_raised_where_somebody_waits():
    renewals = Renewals()
    with renewals.waiting(ONE) as renewal:
        renewals.told(ONE, OperationFailed("no"))
        with pytest.raises(OperationFailed, match="no"):
            await renewal


async def test_a_failure_that_nobody_hears_is_no_warning():
    renewals = Renewals()
    with renewals.waiting(ONE):
        renewals.told(ONE, OperationFailed("no"))
    renewals.told(ONE, OperationFailed("nobody waits any more"))
    await asyncio.sleep(0)
    assert len(renewals) == 0


async def test_only_one_waits_for_each():
    renewals = Renewals()
    with renewals.waiting(ONE), renewals.waiting(OTHER), pytest.raises(OperationFailed, match="already"):
        renewals.waiting(ONE).__enter__()
    with renewals.waiting(ONE):
        assert len(renewals) == 1
