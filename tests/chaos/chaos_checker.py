"""Judges a history: nothing lost, nothing out of order, each upstream's own ids, few repeats, one open call.

Pure. Each rule is a generator of violations, in the order of the table.
"""

from collections import defaultdict
from typing import NamedTuple

from chaos_history import Fault
from chaos_messages import comparable

#: A connection that a fault has hurt may end a little after the fault does.
SLACK = 1.0
#: Faults at whose end everything arrives at once that was sent meanwhile.
DELAYING = ("outage", "hang")


class Violation(NamedTuple):
    """A promise that was broken."""

    rule: str
    identity: str
    upstream: str
    text: str


def violations(history):
    """Every violation of a history whose outboxes have had time to drain."""
    return [found for rule in RULES.values() for found in rule(history)]


# --- nothing lost -----------------------------------------------------------------------------------------------------


def lost(history):
    """An acknowledged message is at every secondary, and with the rest of its transaction at one of the owners."""
    for identity, station in history.stations.items():
        promise = history.groups[identity]
        for name in promise.secondaries:
            yield from _missing(identity, name, _acknowledged(station), history.upstreams[name][identity])
        for numbers in _units(station):
            if not any(_has_all(history, name, identity, numbers) for name in promise.owners):
                has = {name: numbers & history.upstreams[name][identity].taken().keys() for name in promise.owners}
                best = max(has, key=lambda name: len(has[name]))
                absent = sorted(numbers - has[best])
                yield Violation("lost", identity, best, f"acknowledged, of one transaction, not there: {absent}")


def _missing(identity, name, numbers, recorded):
    taken = recorded.taken()
    for number in sorted(numbers - taken.keys()):
        yield Violation("lost", identity, name, f"acknowledged, not there: {number}")


def _acknowledged(station):
    return {number for number, message in station.messages.items() if message.acknowledged is not None}


def _units(station):
    """The acknowledged messages by transaction; one that belongs to none stands alone."""
    units = defaultdict(set)
    for number in _acknowledged(station):
        transaction = station.messages[number].transaction
        units[("alone", number) if transaction is None else transaction].add(number)
    return units.values()


def _has_all(history, name, identity, numbers):
    return numbers <= history.upstreams[name][identity].taken().keys()


# --- what an upstream's transcript must be ----------------------------------------------------------------------------


def disordered(history):
    """The messages of a transaction arrive for the first time in the order in which they were made."""
    for name, identity, station, recorded in _transcripts(history):
        latest = {}
        for number in recorded.taken():
            message = station.messages.get(number)
            if message is None or message.transaction is None:
                continue
            if number < latest.get(message.transaction, 0):
                yield Violation("order", identity, name, f"{number} came after {latest[message.transaction]}")
            latest[message.transaction] = number


def foreign_ids(history):
    """1.6: MeterValues and StopTransaction name an id that this upstream gave to this station for that transaction."""
    for name, identity, station, recorded in _transcripts(history):
        given = defaultdict(set)  # the station's count of a transaction -> the ids it has at this upstream
        owner = {}
        for one in recorded.deliveries:
            message = station.messages.get(one.number)
            if message is None or one.action not in ("StartTransaction", "MeterValues", "StopTransaction"):
                continue
            if one.action == "StartTransaction":
                if one.result is not None:
                    given[message.transaction].add(one.result["transactionId"])
                    owner[one.result["transactionId"]] = message.transaction
            elif one.payload.get("transactionId") not in given[message.transaction]:
                used = one.payload.get("transactionId")
                whose = f"that of transaction {owner[used]}" if used in owner else "not one of its own"
                yield Violation("ids", identity, name, f"{one.action} {one.number} with id {used}: {whose}")


def changed(history):
    """Nothing but transactionId (1.6) or `offline` (2.x) differs from what the station sent; nothing is made up."""
    for name, identity, station, recorded in _transcripts(history):
        for record in recorded.unreadable:
            yield Violation("content", identity, name, f"{record['a']} without its number: {record['p']}")
        for one in recorded.deliveries:
            message = station.messages.get(one.number)
            if message is None:
                yield Violation("content", identity, name, f"{one.number} was never sent by the station")
            elif message.action != one.action or (
                comparable(one.action, one.payload) != comparable(message.action, message.payload)
            ):
                yield Violation("content", identity, name, f"{one.number} is not what the station sent")


def repeated(history):
    """Each repeat needs a fault of its own between the arrival before it and itself: one a fault and station."""
    for name, identity, _, recorded in _transcripts(history):
        faults = [fault for fault in history.faults if fault.touches(identity, name)]
        faults += _refusals(history, identity)
        for number, earlier, later in unexplained(repeats(recorded), faults):
            text = f"{number} came at {earlier:.3f} and again at {later:.3f}, with no fault left to explain it"
            yield Violation("repeats", identity, name, text)


def _refusals(history, identity):
    """A CALLERROR of any upstream is a fault: the station sends the message again (1.6 3.7.1), and others do too."""
    return [
        Fault(one.at, one.at, "refusal")
        for by_identity in history.upstreams.values()
        if identity in by_identity
        for one in by_identity[identity].deliveries
        if one.result is None
    ]


def repeats(recorded):
    """(number, arrival before, arrival) of each message that an upstream had already taken."""
    last = {}
    found = []
    for one in recorded.deliveries:
        if one.number in last:
            found.append((one.number, last[one.number], one.at))
        if one.result is not None:  # one that was refused has to come again
            last[one.number] = one.at
    return found


def unexplained(found, faults):
    """Repeats to which no fault can be given, each fault explaining one (the earliest end first is optimal)."""
    free = sorted(faults, key=lambda fault: fault.end)
    left = []
    for number, earlier, later in sorted(found, key=lambda one: one[2]):
        fault = next((one for one in free if one.begin <= later and one.end + SLACK >= earlier), None)
        if fault is None:
            left.append((number, earlier, later))
        else:
            free.remove(fault)
    return left


def _transcripts(history):
    for name, by_identity in history.upstreams.items():
        for identity, recorded in by_identity.items():
            yield name, identity, history.stations[identity], recorded


# --- calls ------------------------------------------------------------------------------------------------------------


def overlapping(history):
    """Neither a station nor an upstream gets a call while another one of the broker's is open (OCPP-J 4.1.1)."""
    seen = [(identity, "", station.overlaps) for identity, station in history.stations.items()]
    seen += [(identity, name, recorded.overlaps) for name, identity, _, recorded in _transcripts(history)]
    for identity, name, records in seen:
        for record in records:
            if not _held_back(history, identity, name, record["t"]):
                yield Violation("open calls", identity, name, f"at {record['t']:.3f}: {record['a']}")


def _held_back(history, identity, name, at):
    """Whether calls that the broker has given up, one after the other, may have arrived together just then."""
    return any(
        fault.kind in DELAYING and fault.touches(identity, name) and fault.begin <= at <= fault.end + SLACK
        for fault in history.faults
    )


def misdirected(history):
    """An answer goes to the one that asked, and a command names the transaction that was meant."""
    for identity, station in history.stations.items():
        for record in station.told:
            if record.get("unknown") and not _asked_like_this(history, identity, record):
                yield Violation("commands", identity, "", f"{record['a']} for no transaction of its own: {record['p']}")
    for name, identity, station, recorded in _transcripts(history):
        for record in recorded.asked:
            if (text := _wrong(record, identity, station)) is not None:
                yield Violation("commands", identity, name, text)


def _wrong(record, identity, station):
    result = record["r"] or {}
    if record["a"] == "DataTransfer":
        expected = f"{record['p']['data']}@{identity}"
        if result.get("status") == "Accepted" and result.get("data") != expected:
            return f"the answer to another call: {result}"
    elif result.get("status") == "Accepted" and not _was_told(record, station):
        return f"{record['a']} {record['p']} was accepted, but the station was not told to stop that transaction"
    return None


def _asked_like_this(history, identity, told):
    """An id that an upstream gave to a start whose answer did not reach the station, so that nothing maps it."""
    return any(
        one["p"].get("transactionId") == told["p"]["transactionId"] and one["t"] <= told["t"]
        for by_identity in history.upstreams.values()
        for one in by_identity[identity].asking
    )


def _was_told(record, station):
    meant = station.messages.get(record["n"])
    return meant is not None and any(
        told.get("k") == meant.transaction and record["since"] <= told["t"] <= record["t"] for told in station.told
    )


def crashed(history):
    """The broker ends when it is told to, and not by an exception."""
    return (Violation("crash", "", "", text) for text in history.crashes)


def stuck(history):
    """When everything is up again, every station gets everything that it has made acknowledged, in the end."""
    for identity in history.undrained:
        waiting = [one.number for one in history.stations[identity].messages.values() if one.acknowledged is None]
        yield Violation("stuck", identity, "", f"not acknowledged in the end: {waiting or 'what it has not sent yet'}")


RULES = {
    "lost": lost,
    "order": disordered,
    "ids": foreign_ids,
    "content": changed,
    "repeats": repeated,
    "open calls": overlapping,
    "commands": misdirected,
    "stuck": stuck,
    "crash": crashed,
}
