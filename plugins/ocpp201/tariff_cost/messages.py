"""The words of a tariff as a driver is shown them (I01): a MessageContentType made of the tariff's description."""

from typing import Any

from plugins.ocpp201.tariff_cost.tariff import Tariff
from plugins.ocpp201.versions import V201
from plugins.shared.ci_string import folded

#: MessageContentType.content; 2.0.1 has no QRCODE either.
_LONGEST = {V201: 512}
_LONGEST_21 = 1024


def message_of(tariff: Tariff, language: str | None, version: str) -> dict[str, Any] | None:
    """The description in that language, else the first one; None where there is none that fits."""
    longest = _LONGEST.get(version, _LONGEST_21)
    fitting = [
        one
        for one in tariff.description or ()
        if len(one.content) <= longest and (version != V201 or one.format != "QRCODE")
    ]
    same = (one for one in fitting if language and folded(one.language or "") == folded(language))
    found = next(same, fitting[0] if fitting else None)
    return None if found is None else found.model_dump(exclude_none=True, exclude={"customData"})
