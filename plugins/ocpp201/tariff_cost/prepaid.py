"""Prepaid tokens (OCPP 2.1 C17): what an ended transaction costs is taken off the credit, once.

The row of the transaction says what was taken, so that its end may come again; a cost that changes after the end, as
an event came late, has the difference taken or given back. Before the token is changed the row says so (`taking`: the
credit before and after, and the cost). A kill in between takes nothing twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from broker.api import Context, Token
from plugins.ocpp201.tariff_cost.money import ZERO

#: In the details of a transaction.
PREPAID = "prepaid"

Keep = Callable[[dict[str, Any]], Awaitable[None]]
"""Writes down what the row says of it."""


class Prepaid:
    """Keeps the credit of tokens."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._one_at_a_time = asyncio.Lock()

    async def settle(self, token_id: str, total: Decimal, noted: Any, keep: Keep) -> None:
        """Take the cost of an ended transaction off the credit of its token, if it has one."""
        async with self._one_at_a_time:
            token = await self._context.records.tokens.find(token_id)
            if token is not None and token.credit is not None:
                await self._take(token, Decimal(str(token.credit)), total, noted, keep)

    async def _take(self, token: Token, credit: Decimal, total: Decimal, noted: Any, keep: Keep) -> None:
        taken = already(noted, credit)
        if taken == total:
            if noted != (done := {"taken": float(total)}) and total:
                await keep(done)
            return
        after = credit - (total - taken)
        await keep({"taken": float(taken), "taking": [float(credit), float(after), float(total)]})
        changed = msgspec.structs.replace(token, credit=float(after), updated_at=self._context.clock.now())
        await self._context.records.tokens.put(changed)
        await keep({"taken": float(total)})


def already(noted: Any, credit: Decimal) -> Decimal:
    """What was taken before. After a kill the credit tells; where it is neither the one before nor the one after,
    somebody has changed it since, and it counts as taken: rather once too little than twice."""
    note = noted if isinstance(noted, Mapping) else {}
    taking = note.get("taking")
    try:
        if isinstance(taking, list) and len(taking) == 3 and Decimal(str(taking[0])) != credit:
            return Decimal(str(taking[2]))
        return Decimal(str(note.get("taken", 0)))
    except InvalidOperation:
        return ZERO
