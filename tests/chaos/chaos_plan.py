"""What is done to the system, and when: endless sequences that depend on the seed alone.

One sequence for each kind of trouble, each with a generator of random numbers of its own, so that the choices are the
same however long the others take.
"""

import random
from typing import NamedTuple

from chaos_proxy import HALF_OPEN, HANG, LATENCY, RESET, SLICES

STATIONS = "stations"
FULL, LIMIT, FSYNC = DISK_METHODS = ("full", "limit", "fsync")
#: Weights: resets are the everyday, the long ones cost time.
_MODES = {RESET: 4, HANG: 3, HALF_OPEN: 2, SLICES: 2, LATENCY: 2}


class Kill(NamedTuple):
    """SIGKILL, `wait` seconds after the broker has said that it serves, or (`starting`) after it was started."""

    wait: float
    starting: bool


class Outage(NamedTuple):
    """An upstream's process is killed, or stopped (SIGSTOP), for `seconds`."""

    wait: float
    stop: bool
    seconds: float


class Trouble(NamedTuple):
    """The disk refuses. `at_start`: the broker is killed first and finds it so; `kill`: killed while it lasts."""

    wait: float
    method: str
    seconds: float
    at_start: bool
    kill: bool
    spare: int
    """Bytes that are left free when the disk fills up."""


class Disturbance(NamedTuple):
    """A fault of the network between the broker and `place`, for a share of the stations."""

    wait: float
    place: str
    mode: str
    seconds: float
    share: float
    delay: float


def kills(seed):
    """Storms of ten with hardly time to breathe, then a calm in which timeouts can run out."""
    rng = random.Random(f"{seed}/kills")
    while True:
        for _ in range(10):
            starting = rng.random() < 0.1
            yield Kill(rng.uniform(0.05, 0.6) if starting else rng.uniform(0.1, 2.0), starting)
        yield Kill(rng.uniform(4.0, 9.0), False)


def outages(seed, name):
    """Those of one upstream."""
    rng = random.Random(f"{seed}/outages/{name}")
    while True:
        stop = rng.random() < 0.5
        longest = 6.0 if rng.random() < 0.2 else 2.5
        yield Outage(rng.uniform(2.0, 9.0), stop, rng.uniform(0.2, longest))


def troubles(seed, methods):
    """Those of the disk, the methods in turn."""
    rng = random.Random(f"{seed}/disk")
    while methods:
        for method in methods:
            yield Trouble(
                rng.uniform(2.0, 7.0),
                method,
                rng.uniform(0.5, 3.0),
                method == FULL and rng.random() < 0.6,
                rng.random() < 0.3,
                rng.randrange(0, 256 * 1024),
            )


def disturbances(seed, places):
    """Those of the network."""
    rng = random.Random(f"{seed}/network")
    while True:
        mode = rng.choices(list(_MODES), list(_MODES.values()))[0]
        place = rng.choice(places)
        share = rng.choice((0.05, 0.2, 0.5, 1.0))
        yield Disturbance(rng.uniform(0.2, 2.5), place, mode, rng.uniform(0.3, 5.0), share, rng.uniform(0.005, 0.15))
