"""What becomes of the rows of transactions, one event after the other, in a few statements for a whole commit.

A message tells of a transaction by its id alone, and ids come back: a CSMS that lost its database gives them again, a
station that got none says -1 (OCPP 1.6 errata 3.18). So for each id one row is the one it names now (epoch 0), and
older ones are moved aside with their meter values (epoch: their own ref). Which row a message is about depends on the
rows there, so it is found out in the writer's thread, within the commit.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from broker.store.ops import Param

Params = tuple[Param, ...]
Pair = tuple[Param, Param]
Execute = Callable[[sqlite3.Connection, str, list[Params]], None]

START = (
    *("version", "evse", "connector", "token", "token_type", "parent", "status", "reservation_id", "answered_by"),
    *("started_at", "meter_start", "updated_at", "start_key", "details", "received_at"),
)
"""What a start says, behind its ref, identity and transaction_id."""
STOP = ("stopped_at", "meter_stop", "stop_reason", "stop_token", "updated_at", "version", "answered_by", "received_at")
"""What a stop says."""

METERS = ("meter", "data")
"""What was measured: in a message of its own, or told with a stop (transactionData of 1.6)."""

WITHOUT_ID = "-1"

_START_KEY = 3 + START.index("start_key")
_STOPPED = slice(3, 7)
_CHUNK = 256
_NOBODY: Pair = (None, None)
_KNOWN = (
    "WITH wanted (identity, transaction_id) AS ( VALUES {pairs}) SELECT t.identity, t.transaction_id, t.ref, t.epoch,"
    " t.start_key, t.ended, t.stopped_at, t.meter_stop, t.stop_reason, t.stop_token"
    " FROM wanted CROSS JOIN charging_transaction AS t"
    " ON t.identity = wanted.identity AND t.transaction_id = wanted.transaction_id ORDER BY t.ref"
)


class Known(msgspec.Struct):
    """One row of a transaction, as far as it matters here."""

    ref: Param
    epoch: Param
    start_key: Param
    """None: nobody has told of its start yet."""
    stop: Params | None
    """When, at which meter reading, why and by whom it was stopped; None while it is open."""


class Outcome(NamedTuple):
    """What has to be run, in this order."""

    aside: list[Params]
    starts: list[Params]
    stops: list[Params]
    meters: list[Params]


class Fold:
    """Goes through events, and keeps up what is known of each id."""

    def __init__(self, known: Mapping[Pair, list[Known]]) -> None:
        self._known = dict(known)
        self._aside: list[Params] = []
        self._starts: list[tuple[Known, Params]] = []
        self._stops: list[tuple[Known, Params]] = []
        self._meters: list[Params] = []
        self._own: tuple[Pair, Param] | None = None
        """The stop just before, where it has a row of its own, and that row's number: its values follow it."""
        self._fresh: dict[Pair, list[int]] = {}
        """Meter values of this commit by transaction: where they stand in the list."""

    def take(self, event: Params) -> None:
        what, params = event[0], event[1:]
        if what in METERS:
            self._measure(params, with_stop=what == "data")
            return
        self._own = None
        if what == "start":
            self._start(params)
        else:
            self._stop(params)

    def outcome(self) -> Outcome:
        return Outcome(
            self._aside,
            [(row.ref, row.epoch, *params[1:], 0) for row, params in self._starts],
            [(row.ref, row.epoch, *params[1:], 1, "", b"{}") for row, params in self._stops],
            self._meters,
        )

    def _measure(self, params: Params, *, with_stop: bool) -> None:
        number, identity, transaction_id, *rest = params
        if with_stop and self._own is not None and self._own[0] == (identity, transaction_id):
            self._meters.append((number, identity, transaction_id, self._own[1], *rest))
            return
        if transaction_id:
            self._fresh.setdefault((identity, transaction_id), []).append(len(self._meters))
        self._meters.append((number, identity, transaction_id, 0, *rest))

    def _start(self, params: Params) -> None:
        pair, key = (params[1], params[2]), params[_START_KEY]
        rows = self._known.setdefault(pair, [])
        row = _first(rows, lambda row: row.start_key == key)
        if row is None:
            row = _first(rows, lambda row: row.epoch == 0)
            if row is not None and row.start_key is not None:
                self._move_aside(pair, row)
                row = None
        if row is None:
            row = Known(params[0], 0, key, None)
            rows.append(row)
        row.start_key = key
        self._starts.append((row, params))

    def _move_aside(self, pair: Pair, row: Known) -> None:
        row.epoch = row.ref
        self._aside.append((*pair, row.ref))
        for place in self._fresh.pop(pair, ()):
            meter = self._meters[place]
            self._meters[place] = (*meter[:3], row.ref, *meter[4:])

    def _stop(self, params: Params) -> None:
        pair, stop = (params[1], params[2]), params[_STOPPED]
        rows = self._known.setdefault(pair, [])
        count = 4 if params[2] == WITHOUT_ID else 2  # without an id, all that tells two stops apart; else Q-38's key
        row = _first(rows, lambda row: row.stop is not None and row.stop[:count] == stop[:count])
        if row is not None:
            return
        current = _first(rows, lambda row: row.epoch == 0)
        if current is not None and current.stop is None:
            row = current
        else:  # a stop of its own: of a start that is not known, or another one than the transaction had
            own = current is None and params[2] != WITHOUT_ID
            row = Known(params[0], 0 if own else params[0], None, None)
            rows.append(row)
        row.stop = stop
        self._stops.append((row, params))
        if row.epoch:
            self._own = (pair, row.epoch)


def _first(rows: Iterable[Known], test: Callable[[Known], bool]) -> Known | None:
    return next((row for row in rows if test(row)), None)


def run(connection: sqlite3.Connection, events: Sequence[Params], execute: Execute) -> None:
    """Write what these events make of the rows; `execute(connection, name, rows)` runs one statement."""
    pairs = {(event[2], event[3]) for event in events if event[0] not in METERS}
    fold = Fold(_known(connection, list(pairs)) if pairs else {})
    for event in events:
        fold.take(event)
    outcome = fold.outcome()
    for name, rows in zip(("aside", "start", "stop", "meter"), outcome, strict=True):
        if rows:
            execute(connection, name, rows)


def _known(connection: sqlite3.Connection, pairs: list[Pair]) -> dict[Pair, list[Known]]:
    found: dict[Pair, list[Known]] = {}
    for first in range(0, len(pairs), _CHUNK):
        chunk = pairs[first : first + _CHUNK]
        places = 1 << (len(chunk) - 1).bit_length()  # few different statements, so that each stays prepared
        chunk += [_NOBODY] * (places - len(chunk))
        sql = _KNOWN.format(pairs=", ".join(["(?, ?)"] * places))
        for identity, transaction_id, ref, epoch, key, ended, *stop in connection.execute(
            sql, [value for pair in chunk for value in pair]
        ):
            row = Known(ref, epoch, key, tuple(stop) if ended else None)
            found.setdefault((identity, transaction_id), []).append(row)
    return found
