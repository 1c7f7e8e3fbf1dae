from broker.hooks import Breaker, PluginStats


def test_opens_at_the_threshold_of_failures_in_a_row():
    breaker = Breaker(threshold=3, off_for=30)
    assert [breaker.failed(0, float(n)) for n in range(3)] == [False, False, True]
    assert breaker.is_open


def test_a_success_between_failures_starts_the_count_again():
    breaker = Breaker(threshold=2, off_for=30)
    assert not breaker.failed(0, 0.0)
    assert not breaker.failed(1, 1.0)
    assert breaker.failed(1, 2.0)


def test_half_open_after_its_time_the_next_failure_opens_it_at_once():
    breaker = Breaker(threshold=3, off_for=30)
    for _ in range(3):
        breaker.failed(0, 0.0)
    assert not breaker.over(29.9)
    assert breaker.over(30.0)
    assert not breaker.is_open
    assert breaker.failed(0, 30.1)


def test_half_open_a_success_closes_it():
    breaker = Breaker(threshold=3, off_for=30)
    for _ in range(3):
        breaker.failed(0, 0.0)
    assert breaker.over(31.0)
    assert not breaker.failed(1, 31.0)
    assert not breaker.is_open


class Ten:
    def count(self) -> int:
        return 10


def test_calls_are_messages_and_successes_are_of_every_hook_without_what_is_waiting():
    stats = PluginStats()
    stats.add(Ten())
    stats.other = 5
    stats.errors = 2
    stats.waiting = 1
    assert (stats.calls, stats.successes) == (10, 12)
