"""Byte ranges of a download (RFC 9110, 14) and which parts of a file have been delivered."""

import re
from email.utils import parsedate_to_datetime

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """A range behind the end of the file: 416."""


def part_of(header: str | None, size: int) -> tuple[int, int] | None:
    """The bytes [start, stop) that a Range header asks for; None for the whole file.

    A header that is no single range of bytes is passed over, as 14.2 allows. Raises Unsatisfiable.
    """
    found = None if header is None else _RANGE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(size - int(found[2]), 0), size
        if start == stop:  # an empty file, or its last 0 bytes
            raise Unsatisfiable
        return start, stop
    start = int(found[1])
    last = int(found[2]) if found[2] else size
    if last < start:  # not a range at all (14.1.1)
        return None
    if start >= size:
        raise Unsatisfiable
    return start, min(last + 1, size)


def is_unchanged(header: str | None, etag: str, modified: float) -> bool:
    """Whether an If-Range header, where there is one, speaks of the file as it is (13.1.5: an exact match)."""
    if header is None:
        return True
    text = header.strip()
    if text.startswith(('"', "W/")):
        return text == etag
    try:
        return int(parsedate_to_datetime(text).timestamp()) == int(modified)
    except (ValueError, TypeError, OverflowError):
        return False


class Coverage:
    """Which bytes of a file have been delivered, over several requests."""

    __slots__ = ("_parts",)
    _MOST = 1000  # pieces that do not touch: nobody fetches a file in such a way

    def __init__(self) -> None:
        self._parts: list[tuple[int, int]] = []

    def add(self, start: int, stop: int) -> None:
        """The bytes [start, stop) have been delivered."""
        if start >= stop:
            return
        apart = []
        for begin, end in self._parts:
            if end < start or begin > stop:
                apart.append((begin, end))
            else:
                start, stop = min(start, begin), max(stop, end)
        if len(apart) < self._MOST:
            self._parts = sorted([*apart, (start, stop)])

    def is_whole(self, size: int) -> bool:
        """Whether that is all of a file of `size` bytes."""
        return size == 0 or any(start == 0 and stop >= size for start, stop in self._parts)
