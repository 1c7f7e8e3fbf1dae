"""Changes that nobody waits for."""

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from broker.store import ops
from broker.store.later import Later


def put(ref, data):
    return ops.put_transaction("CP1", ref, data)


def test_of_each_row_the_newest_is_taken_in_the_order_of_the_last_words():
    later = Later()
    for op in (put(1, b"a"), put(2, b"b"), put(1, b"c"), ops.drop_transaction(3)):
        later.add(op)
    assert later.take() == (put(2, b"b"), put(1, b"c"), ops.drop_transaction(3))
    assert later.take() == ()


def test_changes_without_a_key_are_all_taken():
    later = Later()
    for _ in range(2):
        later.add(ops.bury(1, "refused", 1.0))
    assert len(later.take()) == 2


def test_what_is_newer_than_a_wide_change_stays_behind_it():
    later = Later()
    for op in (put(1, b"a"), ops.forget_station("CP1"), put(1, b"b")):
        later.add(op)
    assert later.take() == (ops.forget_station("CP1"), put(1, b"b"))


def test_it_knows_how_much_is_not_committed():
    later = Later()
    later.add(put(1, b"a"))
    taken = later.take()
    assert (later.waiting, later.unsettled) == (0, 1)
    later.settled(taken, "", lost=False)
    assert later.unsettled == 0


def test_what_comes_back_is_older_than_what_waits():
    later = Later()
    later.add(put(1, b"old"))
    later.add(put(2, b"old"))
    taken = later.take()
    later.add(put(1, b"new"))
    later.settled(taken, "disk full", lost=True)
    assert (later.waiting, later.unsettled) == (3, 3)
    assert later.take() == (put(2, b"old"), put(1, b"new"))
    assert later.unsettled == 2


def test_what_comes_back_later_is_newer_than_what_came_back_before():
    later = Later()
    later.add(put(1, b"first"))
    first = later.take()
    later.add(put(1, b"second"))
    second = later.take()
    later.settled(first, "disk full", lost=True)
    later.settled(second, "disk full", lost=True)
    assert later.take() == (put(1, b"second"),)


def test_what_can_never_be_written_is_given_up_and_counted():
    later = Later()
    later.add(put(1, b"a"))
    with capture_logs() as logs:
        later.settled(later.take(), "integer too large", lost=False)
    assert (later.waiting, later.unsettled, later.dropped) == (0, 0, 1)
    assert [(entry["event"], entry["change"]) for entry in logs] == [
        ("a change cannot be written", ["put_transaction"])
    ]


def test_beyond_the_limit_new_rows_are_dropped_and_known_ones_are_not():
    later = Later(limit=2)
    with capture_logs() as logs:
        for ref in range(1, 5):
            later.add(put(ref, b"a"))
        later.add(put(1, b"b"))
    assert later.dropped == 2
    assert later.take() == (put(2, b"a"), put(1, b"b"))
    assert len(logs) == 1, "said once"


def test_the_limit_counts_what_is_on_its_way():
    later = Later(limit=1)
    later.add(put(1, b"a"))
    taken = later.take()
    later.add(put(2, b"a"))
    assert later.dropped == 1
    later.settled(taken, "", lost=False)
    later.add(put(3, b"a"))
    assert later.take() == (put(3, b"a"),)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 3)),
        st.tuples(st.sampled_from(["take", "commit", "lose"]), st.none()),
    ),
    max_size=40,
)


@given(EVENTS)
def test_whatever_fails_in_between_the_last_word_on_each_row_is_the_last_that_is_committed(events):
    later, said, committed, flying, count = Later(), {}, {}, [], 0
    for event, ref in [*events, ("lose", None), ("take", None), ("commit", None)]:
        if event == "add":
            count += 1
            said[ref] = count
            later.add(put(ref, b"%d" % count))
        elif event == "take":
            flying.append(later.take())
        elif event == "commit":
            for taken in flying:
                committed.update({op.params[0]: int(op.params[2]) for op in taken})
                later.settled(taken, "", lost=False)
            flying = []
        else:  # all that is on its way comes back, in order, before more is taken: what `Writer` promises
            for taken in flying:
                later.settled(taken, "disk full", lost=True)
            flying = []
    assert committed == said
    assert (later.waiting, later.unsettled, later.dropped) == (0, 0, 0)
