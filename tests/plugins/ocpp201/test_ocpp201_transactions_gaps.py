import logging

import msgspec
import pytest
from ocpp201_tx_kit import NOW, TX, charging

from broker.api import CallTimeout, Reply
from broker.testing import TestSession
from plugins.ocpp201.transactions import gaps as gaps_module
from plugins.ocpp201.transactions.event import read
from plugins.ocpp201.transactions.gaps import Gaps
from plugins.ocpp201.transactions.merge import blank, merged

LOG = logging.getLogger("test.gaps")


def ended(*left_out, identity="CP001"):
    tx = blank(identity, TX, "ocpp2.0.1", NOW)
    for number, payload in enumerate(charging()):
        if number not in left_out:
            tx = merged(tx, read(payload), NOW)
    return tx


def test_a_station_is_asked_once_about_a_transaction_with_a_gap():
    gaps = Gaps(LOG)
    assert [gaps.begin(ended(2)), gaps.begin(ended(2)), gaps.begin(ended(2, identity="B"))] == [True, False, True]


@pytest.mark.parametrize("tx", [ended(), ended(4), ended(2, 4)])
def test_nobody_is_asked_where_nothing_is_missing_or_nothing_has_ended(tx):
    assert Gaps(LOG).begin(tx) is False


def test_what_was_answered_before_a_restart_is_not_asked_again():
    tx = ended(2)
    told = msgspec.structs.replace(tx, details={**tx.details, "messagesInQueue": True})
    assert Gaps(LOG).begin(told) is False


def test_only_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(gaps_module, "_MOST", 1)
    gaps = Gaps(LOG)
    assert [gaps.begin(ended(2, identity=name)) for name in ("A", "B", "A")] == [True, True, True]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply.result({"messagesInQueue": True}), False),
        (Reply.result({"messagesInQueue": False}), True),
        (Reply.error("NotSupported"), False),
    ],
)
async def test_the_station_is_asked_about_this_transaction(reply, told, caplog):
    session = TestSession()
    session.replies["GetTransactionStatus"] = reply
    await Gaps(LOG).ask(session, TX)
    assert session.sent == [("GetTransactionStatus", {"transactionId": TX})]
    assert ("will not come" in caplog.text) is told


async def test_a_station_that_did_not_answer_is_asked_again():
    class Away(TestSession):
        async def call(self, action, payload, *, timeout=None):
            raise CallTimeout("no answer")

    gaps = Gaps(LOG)
    assert gaps.begin(ended(2))
    await gaps.ask(Away(), TX)
    assert gaps.begin(ended(2))
