from itertools import islice

import pytest
from chaos_plan import (
    DISK_METHODS,
    FSYNC,
    FULL,
    Disturbance,
    Kill,
    Outage,
    Trouble,
    disturbances,
    kills,
    outages,
    troubles,
)
from chaos_proxy import MODES

SEQUENCES = {
    "kills": kills,
    "outages": lambda seed: outages(seed, "main"),
    "troubles": lambda seed: troubles(seed, DISK_METHODS),
    "disturbances": lambda seed: disturbances(seed, ("stations", "main")),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_the_seed_alone_decides(name):
    first, again, other = (list(islice(SEQUENCES[name](seed), 50)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_each_upstream_has_outages_of_its_own():
    assert list(islice(outages(1, "main"), 9)) != list(islice(outages(1, "second"), 9))


def test_kills_come_in_storms_and_some_hit_the_start():
    steps = list(islice(kills(1), 110))
    assert all(isinstance(step, Kill) and step.wait > 0 for step in steps)
    assert all(step.wait >= 4 and not step.starting for step in steps[10::11])
    assert any(step.starting for step in steps)


def test_upstreams_are_killed_and_stopped():
    assert {step.stop for step in islice(outages(1, "main"), 30)} == {True, False}
    assert all(isinstance(step, Outage) and 0 < step.seconds <= 6 for step in islice(outages(1, "main"), 99))


def test_disk_methods_take_turns_and_only_a_full_disk_is_found_at_the_start():
    steps = list(islice(troubles(1, (FULL, FSYNC)), 60))
    assert [step.method for step in steps] == [FULL, FSYNC] * 30
    assert {step.method for step in steps if step.at_start} == {FULL}
    assert {step.at_start for step in steps if step.method == FULL} == {True, False}
    assert all(isinstance(step, Trouble) for step in steps)


def test_without_a_method_the_disk_is_left_alone():
    assert list(troubles(1, ())) == []


def test_every_fault_of_the_network_happens_everywhere():
    steps = list(islice(disturbances(1, ("stations", "main")), 300))
    assert all(isinstance(step, Disturbance) for step in steps)
    assert {(step.mode, step.place) for step in steps} == {
        (mode, place) for mode in MODES for place in ("stations", "main")
    }
