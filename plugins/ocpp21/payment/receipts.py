"""Receipts that the CSMS makes (C21.FR.03): their number, and where a driver finds them."""

from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from plugins.shared.values import text

_LONGEST_URL = 2000


def receipt(template: str, identity: str, settlement: dict[str, Any]) -> dict[str, str]:
    """receiptId and receiptUrl. The number is the same whenever the settlement is told of, and nobody can guess it
    who does not know the payment's reference."""
    transaction_id = text(settlement.get("transactionId")) or ""
    made = blake2b(digest_size=12)
    for part in (identity, transaction_id, text(settlement.get("pspRef")) or ""):
        made.update(f"{len(part)}:{part}".encode("utf-8", "replace"))
    values = {"receiptId": made.hexdigest(), "identity": identity, "transactionId": transaction_id}
    url = template
    for name, value in values.items():
        url = url.replace("{" + name + "}", quote(value, safe=""))
    found = {"receiptId": values["receiptId"]}
    return found if len(url) > _LONGEST_URL else {**found, "receiptUrl": url}
