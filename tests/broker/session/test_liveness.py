"""A leg that has fallen silent: pings, and the end of patience."""

from types import SimpleNamespace

import pytest

from broker.session.liveness import look_at_life, ping_due


class Socket:
    def __init__(self, last_heard=100.0):
        self.last_heard = last_heard
        self.pings = 0
        self.aborted = False

    def ping(self):
        self.pings += 1

    def abort(self):
        self.aborted = True


def leg(socket, *, paused=False):
    return SimpleNamespace(socket=socket, reading_paused=paused, name="main")


def test_q27_a_silent_leg_is_pinged_at_each_interval_and_cut_off_after_the_missed_ones():
    socket = Socket()
    looks = [look_at_life(leg(socket), 10.0, 2, now, "CP") for now in (109.9, 110.0, 119.0, 120.0, 129.9)]
    assert looks == [True] * 5
    assert (socket.pings, socket.aborted) == (2, False)
    assert not look_at_life(leg(socket), 10.0, 2, 130.0, "CP")
    assert socket.aborted


def test_a_leg_that_has_said_something_is_left_alone():
    socket = Socket()
    look_at_life(leg(socket), 10.0, 2, 110.0, "CP")
    socket.last_heard, socket.pings = 111.0, 0
    assert look_at_life(leg(socket), 10.0, 2, 120.0, "CP")
    assert socket.pings == 0


def test_nothing_can_be_heard_while_nobody_reads_so_the_time_begins_anew():
    socket = Socket()
    assert look_at_life(leg(socket, paused=True), 10.0, 0, 500.0, "CP")
    assert (socket.last_heard, socket.pings, socket.aborted) == (500.0, 0, False)


@pytest.mark.parametrize(("interval", "socket"), [(0.0, Socket()), (10.0, None)])
def test_without_an_interval_or_a_connection_there_is_nothing_to_do(interval, socket):
    assert look_at_life(leg(socket), interval, 0, 1e9, "CP")
    assert ping_due(leg(socket), interval) is None


def test_the_next_ping_is_due_an_interval_after_the_last_one():
    socket = Socket()
    assert ping_due(leg(socket), 10.0) == 110.0
    socket.pings = 1
    assert ping_due(leg(socket), 10.0) == 120.0
