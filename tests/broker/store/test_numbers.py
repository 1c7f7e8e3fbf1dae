"""Numbers that are never given out twice."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broker.store.numbers import Numbers


@given(st.integers(1, 2**40), st.lists(st.integers(1, 30_000), min_size=1, max_size=5))
def test_none_is_given_out_again_wherever_the_process_is_killed(first, lives):
    given_out = []
    for count in lives:
        reserved = [first]
        numbers = Numbers(first, reserved.append)
        for _ in range(count):
            number = numbers.take()
            assert number < reserved[-1], "reserved before it is used"
            given_out.append(number)
        first = reserved[-1]  # what the next life finds
    assert all(one < other for one, other in pairwise(given_out))


def test_few_reservations_are_needed():
    reserved = []
    numbers = Numbers(1, reserved.append)
    assert [numbers.take() for _ in range(100_000)] == list(range(1, 100_001))
    assert len(reserved) <= 21


def test_it_reserves_long_before_it_is_out_of_numbers():
    reserved = []
    numbers = Numbers(1, reserved.append)
    while len(reserved) < 2:
        last = numbers.take()
    assert reserved[0] - last >= 5000
