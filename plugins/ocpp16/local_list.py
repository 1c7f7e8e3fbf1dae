"""What a station has in its local authorization list (1.6 3.5.2, 5.10, 5.15, 7.1), as pure functions.

Entries are idTag -> idTagInfo; idTags are compared without regard to case (1.6 7.28). A list whose entries are not
known is kept with no entries and another version than 0, which 1.6 5.10 has for the empty list.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from broker.api import LocalList
from plugins.shared.ci_string import folded
from plugins.shared.values import text, whole

Entries = dict[str, dict[str, Any]]

#: What GetLocalListVersion answers where there is no list (1.6 5.10).
NO_LIST = -1
_LARGEST = 2**31 - 1


def listed(entries: Entries) -> list[dict[str, Any]]:
    """The entries as `localAuthorizationList`, each with its idTagInfo."""
    return [{"idTag": tag, "idTagInfo": info} for tag, info in entries.items()]


def applied(entries: Entries, update: Any) -> Entries:
    """The entries after a Differential with this `localAuthorizationList`: one without idTagInfo is deleted (7.1)."""
    after = dict(entries)
    names = {folded(tag): tag for tag in after}
    for entry in update if isinstance(update, list) else ():
        tag = text(entry.get("idTag")) if isinstance(entry, dict) else None
        if tag is None:
            continue
        before = names.pop(folded(tag), None)
        if before is not None:
            del after[before]
        if isinstance(entry.get("idTagInfo"), dict):
            after[tag] = entry["idTagInfo"]
            names[folded(tag)] = tag
    return after


def changed(entries: Entries, wanted: Entries) -> Entries:
    """What of `wanted` does not stand in `entries` just so."""
    have = {folded(tag): info for tag, info in entries.items()}
    return {tag: info for tag, info in wanted.items() if have.get(folded(tag)) != info}


def missing(tags: Iterable[str], wanted: Entries) -> list[str]:
    """Those of `tags` that `wanted` does not have, each once."""
    names = {folded(tag) for tag in wanted}
    return list({folded(tag): tag for tag in tags if folded(tag) not in names}.values())


def parts(update: Sequence[dict[str, Any]], most: int) -> list[list[dict[str, Any]]]:
    """The update in messages of at most `most` entries; one message where there is nothing in it."""
    return [list(update[first : first + most]) for first in range(0, len(update), most)] or [[]]


def next_version(version: int) -> int:
    """The version of the next update, above 0; after the largest of 32 bits the count begins again."""
    return max(version, 0) + 1 if version < _LARGEST else 1


def unknown(identity: str) -> LocalList:
    """The book of a station of whose list nothing is known."""
    return LocalList(identity=identity, version=NO_LIST, status="", updated_at=0.0, entries={})


def known(book: LocalList) -> Entries | None:
    """The entries that the station has; None where nobody knows."""
    return book.entries if book.entries or book.version == 0 else None


def after_send(book: LocalList, payload: dict[str, Any], status: str, now: float) -> LocalList:
    """The book after a SendLocalList with this payload was answered with `status`."""
    version = whole(payload.get("listVersion"))
    if status != "Accepted" or version is None:
        return msgspec.structs.replace(book, status=status, updated_at=now)
    before = {} if payload.get("updateType") == "Full" else known(book)
    entries = {} if before is None else applied(before, payload.get("localAuthorizationList"))
    return msgspec.structs.replace(book, version=version, status=status, updated_at=now, entries=entries)


def after_version(book: LocalList, version: int, now: float) -> LocalList:
    """The book after the station has named its version: the entries of another version are not known."""
    entries = book.entries if version == book.version and version > 0 else {}
    return msgspec.structs.replace(book, version=version, updated_at=now, entries=entries)
