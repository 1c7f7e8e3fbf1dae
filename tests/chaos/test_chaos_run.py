"""Quotas, options and table of a run; the run itself is in test_chaos_quick.py."""

from collections import Counter
from types import SimpleNamespace

import pytest
from chaos_broker import GROUPS
from chaos_checker import RULES, Violation
from chaos_cli import FULL, QUICK, chosen, options
from chaos_history import History, Promise
from chaos_plan import FSYNC, LIMIT
from chaos_rig import Rig, fleet
from chaos_run import Outcome, Run
from chaos_station import V16, V201
from chaos_table import table


@pytest.fixture
def run(tmp_path):
    made = Run(tmp_path, chosen(options([])))
    made.rig.broker = SimpleNamespace(
        kills=200, kills_in_start=3, starts=[1.0, 3.0], refused_starts=1, start_times=lambda: (2.0, 3.0)
    )
    made.counts.update({"outages": 100})
    made.rig.history = SimpleNamespace(acknowledged=100_001)
    return made


def test_every_group_has_stations_of_both_versions():
    made = fleet(36)
    assert len(made) == 36
    for group in GROUPS:
        assert {version for identity, version in made.items() if identity.startswith(group)} == {V16, V201}


def test_every_group_has_both_versions_in_a_quick_run():
    assert Counter(identity.partition("-")[0] for identity in fleet(QUICK["stations"])) == dict.fromkeys(GROUPS, 3)
    assert set(fleet(QUICK["stations"]).values()) == {V16, V201}


def test_a_run_is_over_when_every_quota_is_met(run):
    assert run._missed() == []


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda run: setattr(run.rig.broker, "kills", 199), "kills: 199 of 200"),
        (lambda run: run.counts.update({"outages": -1}), "outages: 99 of 100"),
        (lambda run: setattr(run.rig.history, "acknowledged", 5), "messages: 5 of 100001"),
        (lambda run: run.rig.methods.append(FSYNC), "disk fsync: 0 of 20"),
    ],
)
def test_a_quota_that_is_not_met_is_told(run, spoil, text):
    spoil(run)
    assert run._missed() == [text]


@pytest.mark.parametrize(("arguments", "numbers"), [([], FULL), (["--quick"], QUICK)])
def test_each_mode_has_its_quotas(arguments, numbers):
    made = chosen(options(arguments))
    assert {name: getattr(made, name) for name in numbers} == numbers


def test_the_full_run_is_what_was_asked_for():
    assert FULL["kills"] >= 200
    assert FULL["outages"] >= 100
    assert FULL["messages"] > 100_000
    assert FULL["windows"] >= 20


def test_single_quotas_can_be_chosen():
    made = chosen(options(["--quick", "--kills", "9", "--seed", "4"]))
    assert (made.kills, made.seed, made.outages) == (9, 4, QUICK["outages"])


def outcome(run, *, violations=(), missed=()):
    run.rig.history = History({"CLOSE-001": Promise(("main",))})
    run.rig.absent[FSYNC] = "strace is not installed"
    run.counts[f"disk {LIMIT}"] = 20
    run.rig.history.upstream_saw("main", {"s": "CLOSE-001", "e": "open"})
    return Outcome(run.options, run.rig, run.counts, 600.0, 9.0, list(violations), list(missed), 0)


def test_the_table_says_what_was_done_and_what_could_not_be_done(run):
    made = outcome(run)
    text = table(made)
    assert made.good
    for part in ("200 (3 while it started)", "not done: strace is not installed", "RLIMIT_FSIZE", "upstream main"):
        assert part in text
    assert text.splitlines()[-1].split() == ["verdict", "good"]


@pytest.mark.parametrize("rule", RULES)
def test_one_violation_is_a_bad_verdict_and_is_told(run, rule):
    made = outcome(run, violations=[Violation(rule, "CLOSE-001", "main", "this one")] * 12)
    assert not made.good
    assert "verdict" in (text := table(made))
    assert "BAD" in text
    assert f"{rule}: CLOSE-001 main: this one" in text
    assert "and 2 more" in text


def test_a_quota_that_was_not_met_is_a_bad_verdict(run):
    made = outcome(run, missed=["kills: 3 of 200"])
    assert not made.good
    assert "NOT REACHED" in table(made)


def test_a_station_is_known_by_what_its_group_was_promised(tmp_path):
    rig = Rig(tmp_path, chosen(options(["--stations", "3"])))
    assert rig.history.groups == {f"{group}-{n:03}": promise for n, (group, promise) in enumerate(GROUPS.items())}
    plain = Rig(tmp_path, chosen(options(["--plain", "--stations", "3"])))
    assert set(plain.history.groups.values()) == {Promise(("main",))}
