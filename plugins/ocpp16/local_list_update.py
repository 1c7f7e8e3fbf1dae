"""Which SendLocalList brings a station's list to where it shall be (1.6 5.15), as pure functions.

1.6 7.1 deletes an entry of a Differential that comes without idTagInfo; certification wants idTagInfo in every entry
that a CSMS composes (TC_043_5_CSMS). So what has to go goes with a Full list, and where a Differential is asked for by
name it is told to the station as the CSMS itself would answer for it: Invalid, or as the token is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plugins.ocpp16.local_list import Entries, applied, changed, listed, missing
from plugins.shared.ci_string import folded

UpdateType = Literal["Full", "Differential"]

FULL: UpdateType = "Full"
DIFFERENTIAL: UpdateType = "Differential"


@dataclass(frozen=True)
class Update:
    """What is to be sent."""

    type: UpdateType
    entries: list[dict[str, Any]]
    whole: Entries | None
    """The list as it shall be in the end; None where nobody knows."""

    @property
    def needless(self) -> bool:
        """Whether it would change nothing."""
        return self.type == DIFFERENTIAL and not self.entries

    def as_full(self) -> "Update | None":
        """The same as a Full list, for a station that has not taken it (1.6 5.15)."""
        return None if self.whole is None else Update(FULL, listed(self.whole), self.whole)


def as_given(kind: UpdateType, entries: list[dict[str, Any]], before: Entries | None) -> Update:
    """Entries that somebody else has composed, as they are."""
    start = {} if kind == FULL else before
    return Update(kind, entries, None if start is None else applied(start, entries))


def to_be(wanted: Entries, before: Entries | None, *, force: bool) -> Update:
    """The list shall be `wanted`, by a Differential where the station only lacks something."""
    if force or before is None or missing(before, wanted) or (wanted and not before):
        return full(wanted)
    return Update(DIFFERENTIAL, listed(changed(before, wanted)), wanted)


def full(wanted: Entries) -> Update:
    """The list shall be `wanted`, and is sent whole."""
    return Update(FULL, listed(wanted), wanted)


def differential(
    wanted: Entries, before: Entries | None, infos: Entries, named: Sequence[str] | None, *, force: bool
) -> Update:
    """Only what is to be told: of the whole list, or of the `named` idTags.

    `before` is what the station has; where that is None everything is told. `infos` is what is said of idTags that
    `wanted` does not have: those that must not be used any more.
    """
    have = before or {}
    judged = {folded(tag): info for tag, info in infos.items()}
    gone = missing(have if named is None else named, wanted)
    told = {**wanted, **{tag: judged.get(folded(tag), {"status": "Invalid"}) for tag in gone}}
    entries = listed(told if force else changed(have, told))
    if named is None:
        return Update(DIFFERENTIAL, entries, wanted)
    return Update(DIFFERENTIAL, entries, None if before is None else applied(before, entries))
