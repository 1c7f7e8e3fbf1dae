"""What a station has in its local authorization list, as pure functions (1.6 3.5.2, 5.10, 5.15; 2.x D01, D02).

Entries are id -> what is said of it; ids are compared without regard to case. A list whose entries are not known is
kept with no entries and another version than 0, which is that of the empty list.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from broker.api import LocalList
from plugins.shared.ci_string import folded
from plugins.shared.values import text, whole

Info = dict[str, Any]
Entries = dict[str, Info]

#: What GetLocalListVersion of 1.6 answers where there is no list (1.6 5.10); here also: nobody has ever asked.
NO_LIST = -1
FULL = "Full"
DIFFERENTIAL = "Differential"
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Form:
    """How a version writes its lists."""

    version: str
    """The member that has the list's version."""
    read: Callable[[Any], tuple[str, str, Info | None] | None]
    """Id, type and what is said of it, of an AuthorizationData; None for what says nothing of it: it is to go."""
    write: Callable[[str, Info], dict[str, Any]]
    """The AuthorizationData of an entry."""
    removal: Callable[[str, Info], dict[str, Any]] | None = None
    """The AuthorizationData that removes an entry; None where a CSMS removes by a Full list only."""

    def listed(self, entries: Entries) -> list[dict[str, Any]]:
        """The entries as `localAuthorizationList`."""
        return [self.write(one, info) for one, info in entries.items()]


def kind(info: Info) -> str:
    """The type of an entry's id, where there are types."""
    return folded(text(info.get("type")) or "")


def applied(form: Form, entries: Entries, update: Any) -> Entries | None:
    """The entries after a Differential with this `localAuthorizationList`.

    None where one id is there with two types: the station tells them apart, and the book cannot.
    """
    after = dict(entries)
    names = {folded(one): one for one in after}
    for entry in update if isinstance(update, list) else ():
        read = form.read(entry)
        if read is None:
            continue
        one, type_, info = read
        before = names.pop(folded(one), None)
        if before is not None and kind(after.pop(before)) != folded(type_):
            return None
        if info is not None:
            after[one] = info
            names[folded(one)] = one
    return after


def changed(entries: Entries, wanted: Entries) -> Entries:
    """What of `wanted` does not stand in `entries` just so."""
    have = {folded(one): info for one, info in entries.items()}
    return {one: info for one, info in wanted.items() if have.get(folded(one)) != info}


def missing(ids: Iterable[str], wanted: Entries) -> list[str]:
    """Those of `ids` that `wanted` does not have, each once."""
    names = {folded(one) for one in wanted}
    return list({folded(one): one for one in ids if folded(one) not in names}.values())


def parts(update: Sequence[dict[str, Any]], most: int, most_bytes: int | None = None) -> list[list[dict[str, Any]]]:
    """The update in messages of at most `most` entries and `most_bytes`; one message where there is nothing in it."""
    found: list[list[dict[str, Any]]] = [[]]
    size = 0
    for entry in update:
        length = 0 if most_bytes is None else len(json.dumps(entry, ensure_ascii=False).encode())
        full = most_bytes is not None and size + length > most_bytes
        if found[-1] and (len(found[-1]) >= most or full):
            found.append([])
            size = 0
        found[-1].append(entry)
        size += length
    return found


def next_version(version: int) -> int:
    """The version of the next update, above 0; after the largest of 32 bits the count begins again."""
    return max(version, 0) + 1 if version < _LARGEST else 1


def unknown(identity: str) -> LocalList:
    """The book of a station of whose list nothing is known."""
    return LocalList(identity=identity, version=NO_LIST, status="", updated_at=0.0, entries={})


def known(book: LocalList) -> Entries | None:
    """The entries that the station has; None where nobody knows."""
    return book.entries if book.entries or book.version == 0 else None


def after_send(form: Form, book: LocalList, payload: dict[str, Any], status: str, now: float) -> LocalList:
    """The book after a SendLocalList with this payload was answered with `status`."""
    version = whole(payload.get(form.version))
    if status != "Accepted" or version is None:
        return msgspec.structs.replace(book, status=status, updated_at=now)
    before = {} if payload.get("updateType") == FULL else known(book)
    entries = None if before is None else applied(form, before, payload.get("localAuthorizationList"))
    return msgspec.structs.replace(book, version=version, status=status, updated_at=now, entries=entries or {})


def after_version(book: LocalList, version: int, now: float) -> LocalList:
    """The book after the station has named its version: the entries of another version are not known."""
    entries = book.entries if version == book.version and version > 0 else {}
    return msgspec.structs.replace(book, version=version, updated_at=now, entries=entries)
