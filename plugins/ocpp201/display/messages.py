"""Which messages a station shows, after what it was sent and has told (O01 to O06): the rules, without any I/O."""

import json
from collections.abc import Mapping
from typing import Any

from plugins.shared.values import moment, text, timestamp, whole

MOST = 200
_LARGEST = 8_000

Row = dict[str, Any]
Messages = dict[str, Row]
"""By number, as text: `message` (MessageInfoType) and `at`."""


def row_of(message: Any, at: float) -> Messages:
    """A message as it was sent or reported; nothing where it has no number, or is much larger than any."""
    number = whole(message.get("id")) if isinstance(message, Mapping) else None
    if number is None or len(json.dumps(message)) > _LARGEST:
        return {}
    return {str(number): {"message": dict(message), "at": at}}


def merged(known: Messages, new: Messages) -> Messages:
    """`new` over `known` (O06: the same number is another message now); the oldest go where they are too many."""
    both = {**{number: row for number, row in known.items() if number not in new}, **new}
    return both if len(both) <= MOST else dict(list(both.items())[-MOST:])


def reported_in(items: list[Any], at: float) -> Messages:
    """The messages of a report."""
    found: Messages = {}
    for item in items[:MOST]:
        found |= row_of(item, at)
    return found


def meeting(known: Messages, asked: Mapping[str, Any]) -> set[str]:
    """The numbers that a GetDisplayMessages asks for (O04): by id, priority and state; all without any of these."""
    ids = asked.get("id")
    numbers = {str(whole(one)) for one in ids} if isinstance(ids, list) and ids else None
    return {
        number
        for number, row in known.items()
        if (numbers is None or number in numbers) and all(_has(row, name, asked) for name in ("priority", "state"))
    }


def after_report(known: Messages, asked: Mapping[str, Any] | None, new: Messages) -> Messages:
    """What is known after a report of what was asked for: what should be in it, and is not, is gone.

    `asked` is None where nobody knows what it was.
    """
    gone = set() if asked is None else meeting(known, asked)
    return merged({number: row for number, row in known.items() if number not in gone}, new)


def of_transaction(known: Messages, transaction: str) -> set[str]:
    """The numbers of the messages that go when this transaction ends (O02.FR.02)."""
    return {number for number, row in known.items() if row["message"].get("transactionId") == transaction}


def past(known: Messages, now: float) -> set[str]:
    """The numbers of the messages that a station has removed by itself: their endDateTime is over (O01.FR.07)."""
    ends = {number: moment(row["message"].get("endDateTime")) for number, row in known.items()}
    return {number for number, end in ends.items() if end is not None and end < now}


def without(known: Messages, gone: set[str]) -> Messages:
    """The others."""
    return {number: row for number, row in known.items() if number not in gone}


def has_transaction(known: Messages) -> bool:
    """Whether any of them goes with a transaction."""
    return any(text(row["message"].get("transactionId")) for row in known.values())


def described(known: Messages) -> list[dict[str, Any]]:
    """As operators see them, by number."""
    rows = sorted(known.items(), key=lambda item: int(item[0]))
    return [{"messageInfo": row["message"], "since": timestamp(row["at"])} for _, row in rows]


def _has(row: Row, name: str, asked: Mapping[str, Any]) -> bool:
    return asked.get(name) is None or row["message"].get(name) == asked[name]
