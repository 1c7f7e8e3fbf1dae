"""The promises, checked on the history of a run whose outboxes have had time to drain."""

from collections import defaultdict
from itertools import pairwise

_FIRST, _LAST = ("start", "begin"), ("stop", "end")


def broken(history):
    """Every promise that was not kept."""
    return [text for check in (_lost, _disordered, _foreign, _repeated, _answers) for text in check(history)]


def _taken(history, upstream):
    """message number -> arrivals that the upstream has taken, in order."""
    taken = defaultdict(list)
    for arrival in history.arrivals[upstream]:
        if arrival.result is not None:
            taken[arrival.number].append(arrival)
    return taken


def _acknowledged(history):
    return [message for message in history.messages.values() if message.acknowledged]


def _lost(history):
    """At each secondary it was promised to; and, with all of its transaction, at one that answers for it."""
    taken = {name: _taken(history, name).keys() for name in history.arrivals}
    units = defaultdict(list)
    for message in _acknowledged(history):
        units[message.charge or message].append(message)
        for name in message.secondaries:
            if message.number not in taken[name]:
                yield f"lost: {message} is not at its secondary {name}"
    for messages in units.values():
        numbers = {message.number for message in messages}
        if not any(numbers <= taken[name] for name in messages[0].owners):
            has = {name: sorted(numbers - taken[name]) for name in messages[0].owners}
            yield f"lost: {messages} not all at one owner; absent: {has}"


def _disordered(history):
    """First arrivals of one transaction come in the order in which they were made."""
    for name, arrivals in history.arrivals.items():
        latest = {}
        seen = set()
        for arrival in arrivals:
            message = history.messages[arrival.number]
            if message.charge is None or arrival.number in seen:
                continue
            seen.add(arrival.number)
            before = latest.get(message.charge, 0)
            if arrival.number < before:
                yield f"order: {message} came to {name} after {before}"
            latest[message.charge] = max(before, arrival.number)


def _foreign(history):
    """A Meter or Stop names an id that this upstream gave to this start of this station, and nothing is made up."""
    for name, arrivals in history.arrivals.items():
        given = defaultdict(set)
        for arrival in arrivals:
            message = history.messages[arrival.number]
            if arrival.identity != message.identity:
                yield f"ids: {message} came to {name} in the name of {arrival.identity}"
            if arrival.action == "StartTransaction":
                if arrival.sent:
                    given[message.charge].add(arrival.result["transactionId"])
            elif arrival.action in ("MeterValues", "StopTransaction"):
                number = arrival.payload["transactionId"]
                if number not in given[message.charge]:
                    yield f"ids: {message} came to {name} as {number}, which gave it {given[message.charge]}"
            elif message.charge and arrival.payload["transactionInfo"]["transactionId"] != message.charge.id:
                yield f"ids: {message} came to {name} as {arrival.payload['transactionInfo']}"


def _repeated(history):
    """What an upstream has taken twice has a fault in between, of its own or of the broker."""
    for name in history.arrivals:
        for number, arrivals in _taken(history, name).items():
            for one, two in pairwise(arrivals):
                message = history.messages[number]
                if not any(_explains(fault, name, message, one, two) for fault in history.faults):
                    yield f"repeats: {message} came to {name} twice, with no fault in between"


def _explains(fault, name, message, one, two):
    if fault.number:
        return fault.number == message.number
    # A broker that has ended has forgotten some answers, and makes its copies anew when the station asks again.
    since = one.at if fault.upstream else message.sent_at
    return fault.upstream in ("", name) and fault.begin <= two.at and fault.end >= since


def _answers(history):
    """A repeated message gets the same answer: within one life, and over all of them where it is written down."""
    for message in history.messages.values():
        durable = message.kind in _FIRST + _LAST and all(route.secondaries for route in message.routes)
        lives = defaultdict(list)
        for life, payload in message.answers:
            lives[0 if durable else life].append(payload)
        for payloads in lives.values():
            if any(payload != payloads[0] for payload in payloads):
                yield f"answers: {message} got {message.answers}"
