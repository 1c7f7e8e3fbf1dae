"""Many elements in as many messages as a station wants: ItemsPerMessage and BytesPerMessage (part 2, chapter 2.1)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from broker.api import Records, SessionView
from plugins.ocpp201.device_model import number_of
from plugins.shared.values import number

T = TypeVar("T")
_FRAME = 120  # bytes around the payload: type, message id, action, brackets
_NAMES = ("ItemsPerMessage", "BytesPerMessage")


class Limits(NamedTuple):
    """How much a message may hold; None: as much as one likes."""

    items: int | None = None
    size: int | None = None


def batches(
    member: str, items: Sequence[T], limits: Limits, *, beside: Mapping[str, Any] | None = None
) -> list[list[T]]:
    """`items` in order, in as few parts as the limits allow; each part has one at least.

    `member`: the name under which they stand in the payload, `beside`: what else stands there; both count too.
    """
    found: list[list[T]] = []
    room = 0
    empty = _FRAME + len(member) + len('{"":[]}') + len(json.dumps(beside or {}))
    for item in items:
        size = len(json.dumps(item, separators=(",", ":")).encode()) + 1
        full = limits.items is not None and bool(found) and len(found[-1]) >= max(limits.items, 1)
        if not found or full or (limits.size is not None and size > room):
            found.append([])
            room = (limits.size or 0) - empty
        found[-1].append(item)
        room -= size
    return found


async def limits_of(records: Records, session: SessionView, component: str, action: str) -> Limits:
    """The limits of a station for an action, as its device model has them; what is not known is asked for."""
    known = await known_limits(records, session.identity, component, action)
    return known if known.items is not None else _limits(await _asked(session, component, action))


async def known_limits(records: Records, identity: str, component: str, action: str) -> Limits:
    """The limits of a station for an action, as far as its device model has them."""
    return _limits([await number_of(records, identity, component, f"{name}#{action}") for name in _NAMES])


def _limits(values: Sequence[int | None]) -> Limits:
    return Limits(*(value if value is not None and value > 0 else None for value in values))


async def _asked(session: SessionView, component: str, action: str) -> list[int | None]:
    """By GetVariables. A station that does not know them has no limits; one that fails says nothing of them."""
    wanted = [{"component": {"name": component}, "variable": {"name": name, "instance": action}} for name in _NAMES]
    reply = await session.call("GetVariables", {"getVariableData": wanted})
    results = reply.payload.get("getVariableResult") if reply.is_result else None
    return [_value(results, name) for name in _NAMES]


def _value(results: Any, name: str) -> int | None:
    for result in results if isinstance(results, list) else ():
        variable = result.get("variable") if isinstance(result, dict) else None
        if isinstance(variable, dict) and variable.get("name") == name and result.get("attributeStatus") == "Accepted":
            return number(result.get("attributeValue"))
    return None
