"""Byte ranges, and what of a file has been delivered."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.server.files.ranges import Coverage, Unsatisfiable, is_unchanged, part_of

MODIFIED = 1_700_000_000.75
ETAG = '"17979cfe-a"'


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", (0, 10)),
        ("bytes=0-9", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=9-", (9, 10)),
        ("bytes=2-4", (2, 5)),
        ("bytes=2-99", (2, 10)),
        ("BYTES= 2-4 ", (2, 5)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=-", None),
        ("bytes=4-2", None),
        ("bytes=1-2,4-5", None),
        ("bytes=a-b", None),
        ("bytes=-1-2", None),
        ("bytes=1--2", None),
        ("items=1-2", None),
        ("bytes=\u0661-\u0662", None),  # digits for Python
        ("bytes=" + "1" * 500 + "-", None),
        ("", None),
    ],
)
def test_what_a_range_asks_for(header, part):
    assert part_of(header, 10) == part


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-12", 10), ("bytes=-0", 10), ("bytes=-5", 0)]
)
def test_a_range_behind_the_end(header, size):
    with pytest.raises(Unsatisfiable):
        part_of(header, size)


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60))
def test_a_part_is_never_outside_the_file(size, first, last):
    try:
        part = part_of(f"bytes={first}-{last}", size)
    except Unsatisfiable:
        assert first >= size
        return
    if part is None:
        assert last < first
    else:
        assert 0 <= part[0] == first < part[1] <= size


@pytest.mark.parametrize(
    ("header", "unchanged"),
    [
        (None, True),
        (ETAG, True),
        (f" {ETAG} ", True),
        ('"other"', False),
        (f"W/{ETAG}", False),
        (formatdate(int(MODIFIED), usegmt=True), True),
        (formatdate(int(MODIFIED) + 1, usegmt=True), False),
        (formatdate(int(MODIFIED) - 1, usegmt=True), False),
        ("yesterday", False),
        ("", False),
        ("Fri, 31 Dec 999999 23:59:59 GMT", False),
    ],
)
def test_if_range(header, unchanged):
    assert is_unchanged(header, ETAG, MODIFIED) is unchanged


PIECES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=12)


@given(PIECES, st.integers(0, 30))
def test_a_file_is_whole_when_every_byte_was_delivered(pieces, size):
    coverage, delivered = Coverage(), set()
    for start, stop in pieces:
        coverage.add(start, stop)
        delivered.update(range(start, stop))
    assert coverage.is_whole(size) is delivered.issuperset(range(size))


def test_pieces_in_any_order_make_a_whole():
    coverage = Coverage()
    for start in (*range(0, 1000, 2), *range(999, 0, -2)):
        assert not coverage.is_whole(1000)
        coverage.add(start, start + 1)
    assert coverage.is_whole(1000)


def test_a_client_cannot_fill_the_memory_with_pieces():
    coverage = Coverage()
    for start in range(0, 10_000, 2):
        coverage.add(start, start + 1)
    assert len(coverage._parts) == 1000
    coverage.add(0, 10_000)
    assert coverage.is_whole(10_000)
