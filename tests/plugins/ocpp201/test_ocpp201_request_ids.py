"""requestIds."""

from broker.testing import harness
from plugins.ocpp201.availability.plugin import Availability
from plugins.ocpp201.request_ids import RequestIds


def ids():
    h = harness(Availability)
    return h.clock, RequestIds(h.clock)


def test_each_is_another_one_and_positive():
    _, made = ids()
    found = [made.next() for _ in range(100)]
    assert found == sorted(set(found))
    assert found[0] > 0


def test_after_a_restart_none_is_repeated():
    clock, made = ids()
    before = [made.next() for _ in range(5)]
    clock.advance(5)
    assert RequestIds(clock).next() > before[-1]


def test_they_fit_into_31_bits():
    clock, made = ids()
    clock.advance(2**31 - 1 - int(clock.now()) - 1)
    found = [made.next() for _ in range(3)]
    assert all(0 < one < 2**31 for one in found)
    assert len(set(found)) == 3
