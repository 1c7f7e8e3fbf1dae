from broker.server import quiet
from broker.server.quiet import Quiet


def test_the_first_is_logged_and_those_after_it_are_counted():
    now = 1000.0
    log = Quiet(lambda: now)
    assert log.passed_over("a") == 0
    assert [log.passed_over("a") for _ in range(3)] == [None, None, None]
    assert log.passed_over("b") == 0
    now += 61
    assert log.passed_over("a") == 3
    assert log.passed_over("a") is None


def test_only_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(quiet, "_REMEMBERED", 3)
    log = Quiet(lambda: 0.0)
    for key in range(10):
        assert log.passed_over(key) == 0
    assert log.passed_over(9) is None
    assert log.passed_over(0) == 0
