from hypothesis import given
from hypothesis import strategies as st

from broker.session.bucket import Bucket


def test_a_burst_passes_and_one_more_does_not():
    bucket = Bucket(rate=10, burst=3)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_tokens_come_back_at_the_rate_and_no_more_than_the_burst():
    bucket = Bucket(rate=10, burst=2)
    assert [bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert bucket.take(0.1)
    assert not bucket.take(0.1)
    assert [bucket.take(3600.0) for _ in range(3)] == [True, True, False]


def test_a_rate_of_nothing_limits_nothing():
    bucket = Bucket(rate=0, burst=1)
    assert all(bucket.take(0.0) for _ in range(1000))
    assert bucket.wait() == 0.0


def test_a_burst_below_one_still_lets_single_frames_through():
    bucket = Bucket(rate=1, burst=0)
    assert bucket.take(0.0)
    assert not bucket.take(0.5)
    assert bucket.take(1.5)


def test_a_clock_that_stands_still_gives_nothing_away():
    bucket = Bucket(rate=1000, burst=1)
    assert bucket.take(5.0)
    assert not bucket.take(5.0)
    assert not bucket.take(4.0)


def test_wait_says_when_the_next_frame_may_come():
    bucket = Bucket(rate=4, burst=1)
    assert bucket.wait() == 0.0
    assert bucket.take(10.0)
    assert bucket.wait() == 0.25
    assert bucket.take(10.0 + bucket.wait())


@given(
    st.floats(1, 1000),
    st.integers(1, 100),
    st.lists(st.floats(0, 2), min_size=1, max_size=200),
)
def test_never_more_than_burst_plus_rate_times_time(rate, burst, gaps):
    bucket = Bucket(rate, burst)
    now = passed = 0.0
    for gap in gaps:
        now += gap
        passed += bucket.take(now)
    assert passed <= burst + rate * (now - gaps[0]) + 1e-6
