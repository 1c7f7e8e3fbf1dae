"""Which SendLocalList brings a station's list to where it shall be (1.6 5.15; 2.x D01, D02), as pure functions.

An entry that comes without its info is deleted. Certification of 1.6 wants idTagInfo in every entry that a CSMS
composes (TC_043_5_CSMS), so there what has to go goes with a Full list, and where a Differential is asked for by name
it is told to the station as the CSMS itself would answer for it. That of 2.x wants it removed (TC_D_03_CSMS).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plugins.shared.ci_string import folded
from plugins.shared.local_list import Entries, Form, applied, changed, kind, missing

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


def as_given(form: Form, type_: UpdateType, entries: list[dict[str, Any]], before: Entries | None) -> Update:
    """Entries that somebody else has composed, as they are."""
    start = {} if type_ == FULL else before
    return Update(type_, entries, None if start is None else applied(form, start, entries))


def to_be(form: Form, wanted: Entries, before: Entries | None, *, force: bool) -> Update:
    """The list shall be `wanted`, by a Differential where that can be done."""
    if force or before is None or (wanted and not before) or _retyped(before, wanted):
        return full(form, wanted)
    gone = missing(before, wanted)
    if gone and (form.removal is None or not wanted):
        return full(form, wanted)
    return Update(DIFFERENTIAL, removals(form, gone, before) + form.listed(changed(before, wanted)), wanted)


def full(form: Form, wanted: Entries) -> Update:
    """The list shall be `wanted`, and is sent whole."""
    return Update(FULL, form.listed(wanted), wanted)


def differential(
    form: Form, wanted: Entries, before: Entries | None, infos: Entries, named: Sequence[str] | None, *, force: bool
) -> Update:
    """Only what is to be told: of the whole list, or of the `named` ids.

    `before` is what the station has; where that is None everything is told. `infos` is what is said of ids that
    `wanted` does not have: those that must not be used any more.
    """
    have = before or {}
    judged = {folded(one): info for one, info in infos.items()}
    gone = missing(have if named is None else named, wanted)
    if form.removal is None:
        told = {**wanted, **{one: judged.get(folded(one), {"status": "Invalid"}) for one in gone}}
        entries = form.listed(told if force else changed(have, told))
    else:
        held = {folded(one) for one in have}
        gone = [one for one in gone if force or before is None or folded(one) in held]
        entries = removals(form, gone, {**infos, **have}) + form.listed(wanted if force else changed(have, wanted))
    if named is None:
        return Update(DIFFERENTIAL, entries, wanted)
    return Update(DIFFERENTIAL, entries, None if before is None else applied(form, before, entries))


def removals(form: Form, gone: Sequence[str], entries: Entries) -> list[dict[str, Any]]:
    """What removes those of `gone`, each as the station knows it; none where the version does without."""
    known = {folded(one): (one, info) for one, info in entries.items()}
    pairs = [known.get(folded(one), (one, {})) for one in gone]
    return [form.removal(one, info) for one, info in pairs] if form.removal is not None else []


def _retyped(before: Entries, wanted: Entries) -> bool:
    """Whether an id has another type now: for the station that is another entry."""
    types = {folded(one): kind(info) for one, info in before.items()}
    return any(types.get(folded(one), kind(info)) != kind(info) for one, info in wanted.items())
