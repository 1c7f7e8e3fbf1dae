"""The numbers of one space at one station: who gave which, and what each peer calls them.

Pure. A number is kept as it is wherever it is free at the station, so that a single CSMS sees its traffic unchanged
and a lost table degrades to just that. A peer never gets to see a number as its own that it has not given, and never
reaches what another one has given by a number that it was not told.
"""

from collections.abc import Iterator
from typing import NamedTuple

#: Fresh numbers begin here. Schemas want them not below 0, stations have 32 bits, and CSMSs count from 1, or take the
#: time in seconds, which comes here in 2033; where one does meet a fresh number, it is mapped like any other.
_FIRST_FRESH = 2_000_000_000
_LAST_FRESH = 2**31 - 1


class Key(NamedTuple):
    """What a peer calls something: one it has given, or one that a report has told it of."""

    peer: str
    number: int
    listed: bool


class _Peer:
    """One peer's numbers. None is in both `given` and `listed`."""

    __slots__ = ("given", "listed", "told")

    def __init__(self) -> None:
        self.given: dict[int, int] = {}
        """Its number -> the station's, of what it has given; the one used last is last."""
        self.listed: dict[int, int] = {}
        """Its number -> the station's, of what reports have told it of."""
        self.told: dict[int, int] = {}
        """`listed` the other way round."""


class IdSpace:
    """Both directions of one space; at most `limit` given and `limit` listed numbers a peer, the oldest forgotten."""

    __slots__ = ("_fresh", "_limit", "_owners", "_peers", "changed")

    def __init__(self, limit: int) -> None:
        self.changed: dict[Key, int | None] = {}
        """What was written since somebody emptied this: the station's number, or None for a row that is gone."""
        self._limit = limit
        self._fresh = _FIRST_FRESH
        self._owners: dict[int, Key] = {}
        self._peers: dict[str, _Peer] = {}

    def load(self, key: Key, station_id: int) -> None:
        """Take a row of the store; one that contradicts an earlier one is left out."""
        mine = self._peers.setdefault(key.peer, _Peer())
        if key.number in mine.given or key.number in mine.listed:
            return
        if key.listed:
            if station_id not in mine.told and self.owner(station_id) != key.peer:
                mine.listed[key.number], mine.told[station_id] = station_id, key.number
        elif station_id not in self._owners:
            mine.given[key.number], self._owners[station_id] = station_id, key
        newest = max(key.number, station_id)
        if self._fresh <= newest <= _LAST_FRESH:
            self._fresh = newest + 1 if newest < _LAST_FRESH else _FIRST_FRESH

    # --- to the station ---------------------------------------------------------------------------------------------

    def give(self, peer: str, number: int) -> int:
        """`peer` chooses `number` for something of its own: return the station's number, from now on the peer's."""
        mine = self._peers.setdefault(peer, _Peer())
        known = mine.given.pop(number, None)
        if known is not None:
            mine.given[number] = known
            return known
        if number in mine.listed:  # it counts on, and has come to a number that we lent it for what another one gave
            self._unlist(peer, mine, number)
        station_id = number if number not in self._owners else self._unused(self._owners)
        if station_id in mine.told:
            self._unlist(peer, mine, mine.told[station_id])
        key = Key(peer, number, listed=False)
        mine.given[number], self._owners[station_id] = station_id, key
        self.changed[key] = station_id
        while len(mine.given) > self._limit:
            self._ungive(peer, mine, next(iter(mine.given)))
        return station_id

    def name(self, peer: str, number: int) -> int:
        """`peer` names what should be there: return the station's number, or one that nothing there has."""
        mine = self._peers.get(peer)
        if mine is not None:
            known = mine.given.get(number, mine.listed.get(number))
            if known is not None:
                return known
        return self._unused(self._owners) if number in self._owners else number

    # --- to the peer ------------------------------------------------------------------------------------------------

    def owner(self, station_id: int) -> str | None:
        """Return the peer that has given it, or None where nobody is known to have."""
        key = self._owners.get(station_id)
        return None if key is None else key.peer

    def tell(self, peer: str, station_id: int) -> int | None:
        """Return the number by which `peer` has given it; None where it is another's or would look like another one.

        What nobody has given stays what it is.
        """
        key = self._owners.get(station_id)
        if key is not None:
            return key.number if key.peer == peer else None
        mine = self._peers.get(peer)
        if mine is None:
            return station_id
        meant = mine.given.get(station_id, mine.listed.get(station_id, station_id))
        return station_id if meant == station_id else None

    def enlist(self, peer: str, station_id: int) -> int:
        """Return a number by which `peer` can name it, whoever has given it."""
        mine = self._peers.get(peer)
        number = None if mine is None else mine.told.get(station_id)
        if number is None:
            number = self.tell(peer, station_id)
        return self._lend(peer, station_id) if number is None else number

    def _lend(self, peer: str, station_id: int) -> int:
        mine = self._peers.setdefault(peer, _Peer())
        taken = mine.given.keys() | mine.listed.keys()
        number = station_id if station_id not in taken else self._unused(taken)
        mine.listed[number], mine.told[station_id] = station_id, number
        self.changed[Key(peer, number, listed=True)] = station_id
        while len(mine.listed) > self._limit:
            self._unlist(peer, mine, next(iter(mine.listed)))
        return number

    # --- rows -------------------------------------------------------------------------------------------------------

    def forget(self, station_id: int) -> None:
        """It is there no more: every number for it is free again."""
        key = self._owners.get(station_id)
        if key is not None:
            self._ungive(key.peer, self._peers[key.peer], key.number)
        for peer, mine in self._peers.items():
            if station_id in mine.told:
                self._unlist(peer, mine, mine.told[station_id])

    def rows(self) -> Iterator[tuple[Key, int]]:
        """All that is known: what a peer calls it, and the station's number."""
        for peer, mine in self._peers.items():
            for numbers, listed in ((mine.given, False), (mine.listed, True)):
                for number, station_id in numbers.items():
                    yield Key(peer, number, listed), station_id

    def _ungive(self, peer: str, mine: _Peer, number: int) -> None:
        del self._owners[mine.given.pop(number)]
        self.changed[Key(peer, number, listed=False)] = None

    def _unlist(self, peer: str, mine: _Peer, number: int) -> None:
        del mine.told[mine.listed.pop(number)]
        self.changed[Key(peer, number, listed=True)] = None

    def _unused(self, taken: "dict[int, Key] | set[int]") -> int:
        """Count on, also past what was forgotten: a late report must not meet a new number."""
        while True:
            number = self._fresh
            self._fresh = number + 1 if number < _LAST_FRESH else _FIRST_FRESH
            if number not in taken:
                return number
