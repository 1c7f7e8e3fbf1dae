"""What is asked of a station when a transaction has ended and some of its events have not come (E14, C-16).

A station may still hold them (E04, E13): GetTransactionStatus tells whether messages are in its queue. Asked once for
each transaction; what the station says is written down by whoever records that call.
"""

import logging
from collections import OrderedDict

from broker.api import CallFailed, SessionView, Transaction
from plugins.ocpp201.transactions.merge import gap

_MOST = 4_096

Key = tuple[str, str]


class Gaps:
    """Which transactions a station was asked about."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._asked: OrderedDict[Key, None] = OrderedDict()

    def begin(self, tx: Transaction) -> bool:
        """Whether to ask: it has a gap, and nobody has asked, before a restart neither. From now on somebody has."""
        key = (tx.identity, tx.transaction_id)
        if key in self._asked or "messagesInQueue" in tx.details or not gap(tx):
            return False
        self._asked[key] = None
        if len(self._asked) > _MOST:
            self._asked.popitem(last=False)
        return True

    async def ask(self, session: SessionView, transaction_id: str) -> None:
        """Ask, and say in the log what is going to be missing."""
        try:
            reply = await session.call("GetTransactionStatus", {"transactionId": transaction_id})
        except CallFailed:
            self._asked.pop((session.identity, transaction_id), None)  # with its next event, again
            return
        if reply.is_result and reply.payload.get("messagesInQueue") is not True:
            self._log.warning("%s: a transaction has ended, and some of its events will not come", session.identity)
