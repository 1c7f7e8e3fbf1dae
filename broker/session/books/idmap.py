"""The numbers that CSMSs choose, mapped per peer, for one station (design.md section 5 point 4).

Pure; what has changed is collected for the store. A peer is an upstream, `local`, or another one who calls the
station, such as `api`. Transactions of 1.6 are not kept here: whoever translates a call says what they are.
"""

from collections.abc import Callable, Iterable

import msgspec

from broker.ocpp.ids import Field, Space, Use, id_fields, may_hold, owner_field, rewrite, value_at
from broker.ocpp.messages import Call
from broker.session.books.idspace import IdSpace, Key

_LISTED = ":listed"
_OF_REQUESTS = frozenset({Space.REQUEST, Space.REMOTE_START})
_NAMES = frozenset(str(space) for space in Space)


class IdRow(msgspec.Struct, frozen=True):
    """What one peer calls one thing of the station; (space, peer, peer_id) is the key."""

    space: str
    """A Space; with `:listed` after it where the peer was told of it by a report and has not given it itself."""
    peer: str
    peer_id: int
    station_id: int


class IdMap:
    """All mapped numbers of one station. `limit`: what is remembered of each peer in each space; then the oldest go."""

    __slots__ = ("_limit", "_only", "_spaces", "trivial")

    def __init__(self, rows: Iterable[IdRow] = (), *, limit: int = 512) -> None:
        self.trivial = True
        """True while one peer alone has given numbers, and all are the same on both sides.

        Then nothing changes in a call to or from that peer. It does not hold for another one, who must not see them.
        """
        self._only: str | None = None
        self._limit = limit
        self._spaces: dict[Space, IdSpace] = {}
        # What was given goes first: a listed number gives way to it.
        for row in sorted(rows, key=lambda row: row.space.endswith(_LISTED)):
            self._load(row)

    def _load(self, row: IdRow) -> None:
        name = row.space.removesuffix(_LISTED)
        if name in _NAMES:
            self._space(Space(name)).load(Key(row.peer, row.peer_id, row.space != name), row.station_id)
            self._note(row.peer, row.peer_id, row.station_id)

    @property
    def empty(self) -> bool:
        """Whether nobody has given a number so far."""
        return not self._spaces

    # --- one number -------------------------------------------------------------------------------------------------

    def to_station(self, peer: str, space: Space, value: int, *, named: bool = False) -> int:
        """Return the station's number for what `peer` calls `value`: the same where it is free there, else a fresh one.

        It is remembered as the peer's own, unless it is only `named`: then it must be there already, and the number
        is one that nothing has there if `value` is another's.
        """
        if named:
            known = self._spaces.get(space)
            return value if known is None else known.name(peer, value)
        number = self._space(space).give(peer, value)
        self._note(peer, value, number)
        return number

    def to_peer(self, peer: str, space: Space, value: int, *, report: bool = False) -> int | None:
        """Return what `peer` calls the station's number `value`; None: it is not this peer's.

        A number that nobody is known to have given stays as it is. With `report` the peer gets a number of its own
        for what another one has given, the same where that is free, so that it can name it.
        """
        known = self._spaces.get(space)
        if known is None:
            return value
        if not report:
            return known.tell(peer, value)
        number = known.enlist(peer, value)
        if number != value or known.owner(value) not in (None, peer):
            self.trivial = False
        return number

    def owner(self, space: Space, value: int) -> str | None:
        """Return who has given the station's number `value`; None where nobody is known to have."""
        known = self._spaces.get(space)
        return None if known is None else known.owner(value)

    def forget(self, space: Space, value: int) -> None:
        """What the station calls `value` is there no more."""
        known = self._spaces.get(space)
        if known is not None:
            known.forget(value)

    # --- whole calls ------------------------------------------------------------------------------------------------

    def translate_to_station(self, peer: str, call: Call, transaction: Callable[[str, int], int | None]) -> Call | None:
        """Return a call of `peer` in the station's numbers, the same object where they are the same.

        None: it names a transaction that is not the peer's. `transaction(peer, number)` knows the station's.
        """

        def translate(field: Field, value: int) -> int | None:
            if field.space is not Space.TRANSACTION:
                return self.to_station(peer, field.space, value, named=field.use is Use.NAMED)
            number = transaction(peer, value)
            if number is None:  # never left out: a profile for a transaction would become one for all of them
                raise KeyError(field)
            return number

        return _translated(call, id_fields(call.version, call.action), translate)

    def keep(self, peer: str, call: Call) -> Call:
        """Return a call of `peer`, who names things by the station's own numbers, and note what it gives.

        What is another's stays that one's. The number of a request names nothing at the station, only its answers:
        where it is another's there, the call goes with a fresh one.
        """

        def note(field: Field, value: int) -> int:
            if field.space in _OF_REQUESTS:
                return self.to_station(peer, field.space, value, named=field.use is Use.NAMED)
            if (
                field.use is Use.GIVEN
                and field.space is not Space.TRANSACTION
                and self.owner(field.space, value) is None
            ):
                self.to_station(peer, field.space, value)
            return value

        return _translated(call, id_fields(call.version, call.action), note) or call

    def translate_to_peer(self, peer: str, call: Call) -> Call | None:
        """Return a call of the station in the numbers of `peer`, the same object where they are the same.

        A number that is another's is left out where it is only mentioned. None: the call belongs to another one.
        """
        fields = id_fields(call.version, call.action)
        if not fields or not self._spaces or (self.trivial and peer == self._only):
            return call

        def translate(field: Field, value: int) -> int | None:
            number = self.to_peer(peer, field.space, value, report=field.use is Use.LISTED)
            if number is None and field.use is Use.OWNED:
                raise KeyError(field)
            return number

        return _translated(call, fields, translate)

    def owner_of(self, call: Call) -> str | None:
        """Return whose this call of the station is; None where it is anybody's, or nobody is known to have asked."""
        field = owner_field(call.version, call.action)
        if field is None or not self._spaces or not may_hold(call.raw, (field,)):
            return None
        try:
            value = value_at(call.payload, field)
        except ValueError:
            return None
        return None if value is None else self.owner(field.space, value)

    # --- rows -------------------------------------------------------------------------------------------------------

    def rows(self) -> list[IdRow]:
        """Return all that is known."""
        return [_row(space, key, number) for space, known in self._spaces.items() for key, number in known.rows()]

    def changes(self) -> tuple[list[IdRow], list[IdRow]]:
        """Return the rows written and the rows removed since the last call; no key is in both.

        A row written takes the place of one with its key. Of a removed one only the key counts.
        """
        added: list[IdRow] = []
        removed: list[IdRow] = []
        for space, known in self._spaces.items():
            for key, number in known.changed.items():
                if number is None:
                    removed.append(_row(space, key, 0))
                else:
                    added.append(_row(space, key, number))
            known.changed.clear()
        return added, removed

    def _space(self, space: Space) -> IdSpace:
        known = self._spaces.get(space)
        if known is None:
            known = self._spaces[space] = IdSpace(self._limit)
        return known

    def _note(self, peer: str, number: int, station_id: int) -> None:
        if self._only is None:
            self._only = peer
        if number != station_id or peer != self._only:
            self.trivial = False


def _row(space: Space, key: Key, station_id: int) -> IdRow:
    return IdRow(f"{space}{_LISTED}" if key.listed else str(space), key.peer, key.number, station_id)


def _translated(call: Call, fields: tuple[Field, ...], translate: Callable[[Field, int], int | None]) -> Call | None:
    """None where a number cannot be left out. A payload that cannot be read goes as it is: nobody reads a number."""
    if not may_hold(call.raw, fields):
        return call
    try:
        changed = rewrite(call.payload, fields, translate)
    except KeyError:
        return None
    except ValueError:
        return call
    return call if changed is None else call.replaced(changed)
