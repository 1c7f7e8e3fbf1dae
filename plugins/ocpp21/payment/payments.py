"""Payments that the CSMS has started transactions for, and settlements: documents of the station, bounded.

Both are found by the payment's reference (pspRef), which is the idToken of the transaction (C20 to C25).
"""

import json
from collections.abc import Mapping
from typing import Any

from broker.api import Change, Context
from plugins.shared.ci_string import folded
from plugins.shared.values import text

PAYMENTS, SETTLEMENTS = "payments", "settlements"
_MOST = 200
_LONGEST = 4_000


class Payments:
    """What is known of payments."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def of(self, identity: str, reference: str) -> dict[str, Any] | None:
        """The payment with this reference."""
        return (await self._all(identity, PAYMENTS)).get(folded(reference))

    async def kept(self, identity: str, reference: str, payment: dict[str, Any]) -> Change:
        """With this payment too. It is written down before the station hears of it, which names it again, perhaps
        after a restart."""
        known = await self._all(identity, PAYMENTS)
        known.pop(folded(reference), None)
        known[folded(reference)] = payment
        return self._put(identity, PAYMENTS, known)

    async def settled(self, identity: str, call: Mapping[str, Any], answer: Mapping[str, Any], at: float) -> Change:
        """With this NotifySettlement and its answer; the same again takes its own place."""
        key = "|".join(text(call.get(name)) or "" for name in ("pspRef", "transactionId", "settlementTime", "status"))
        known = await self._all(identity, SETTLEMENTS)
        before = known.pop(key[:_LONGEST], {})
        whole = len(json.dumps(call)) <= _LONGEST
        known[key[:_LONGEST]] = {**(call if whole else {}), **answer, "receivedAt": before.get("receivedAt", at)}
        return self._put(identity, SETTLEMENTS, known)

    async def _all(self, identity: str, key: str) -> dict[str, Any]:
        found = await self._context.documents.get(identity, key)
        return found if isinstance(found, dict) else {}

    def _put(self, identity: str, key: str, value: dict[str, Any]) -> Change:
        return self._context.documents.put(identity, key, dict(list(value.items())[-_MOST:]))
