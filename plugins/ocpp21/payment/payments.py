"""Payments that the CSMS has started transactions for, and settlements: documents of the station, bounded.

Both are found by the payment's reference (pspRef), which is the idToken of the transaction (C20 to C25).
"""

import json
from collections.abc import Mapping
from typing import Any

from broker.api import Context
from plugins.shared.ci_string import folded
from plugins.shared.station_documents import StationDocuments, newest
from plugins.shared.values import text

PAYMENTS, SETTLEMENTS = "payments", "settlements"
_MOST = 200
_LONGEST = 4_000


class Payments:
    """What is known of payments."""

    def __init__(self, context: Context) -> None:
        self._payments = StationDocuments(context, PAYMENTS)
        self._settlements = StationDocuments(context, SETTLEMENTS)

    async def of(self, identity: str, reference: str) -> dict[str, Any] | None:
        """The payment with this reference."""
        return _dict(await self._payments.get(identity)).get(folded(reference))

    async def keep(self, identity: str, reference: str, payment: dict[str, Any]) -> None:
        """Keep a payment, on the disk before the station hears of it, which names it again, perhaps after a restart."""
        await self._payments.change(
            identity, lambda known: newest(_dict(known), folded(reference), payment, _MOST), commit=True
        )

    async def settled(
        self, identity: str, call: Mapping[str, Any], answer: Mapping[str, Any], at: float, *, commit: bool = False
    ) -> None:
        """Keep this NotifySettlement and its answer; the same again takes its own place."""
        names = ("pspRef", "transactionId", "settlementTime", "status")
        key = "|".join(text(call.get(name)) or "" for name in names)[:_LONGEST]
        told = {**(call if len(json.dumps(call)) <= _LONGEST else {}), **answer}

        def changed(known: Any) -> dict[str, Any]:
            before = _dict(known).get(key, {})
            return newest(_dict(known), key, {**told, "receivedAt": before.get("receivedAt", at)}, _MOST)

        await self._settlements.change(identity, changed, commit=commit)


def _dict(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}
