"""`switchboard compare`."""

import json

import pytest

from broker.ocpp import Call, Reply, Version
from broker.session.shadow.compare import Comparisons

PATH = "/api/v1/compare"


@pytest.fixture
def report():
    """What the broker tells of three calls of one station."""
    book = Comparisons(wall_clock=lambda: 0.0)
    for status, took in (("Accepted", 0.25), ("Blocked", 2.0), (None, 2.0)):
        trial = book.begin("main", "next", "CP1", Call.of("Authorize", {"idTag": "A"}, version=Version.V16))
        trial.primary(Reply.result({"idTagInfo": {"status": "Accepted"}}), 10.0, sent=9.9)
        reply = None if status is None else Reply.result({"idTagInfo": {"status": status}})
        trial.candidate(reply, 10.0 + took, sent=10.0)
    return book.report()


def test_each_action_of_each_pair(invoke, admin, report):
    admin.answers["GET", PATH] = (200, report)
    lines = invoke("compare").stdout.splitlines()
    assert lines[0] == "main and next: 2 compared, 1 equal, 1 different; no answer: candidate 1"
    assert lines[1].split()[:4] == ["ACTION", "COMPARED", "EQUAL", "DIFFERENT"]
    assert lines[2].split()[:6] == ["Authorize", "2", "1", "1", "candidate", "1"]
    assert " ms " in lines[2]
    assert " s " in lines[2]
    assert "token at idTagInfo.status x1" in lines[2]
    assert len(lines) == 3


def test_the_last_differences_on_demand(invoke, admin, report):
    admin.answers["GET", PATH] = (200, report)
    lines = invoke("compare", "--examples", 1).stdout.splitlines()
    assert lines[3].split() == ["TIME", "IDENTITY", "ACTION", "KIND", "PATH", "PRIMARY", "CANDIDATE"]
    assert lines[4].split()[1:4] == ["CP1", "Authorize", "missing_candidate"]
    assert len(lines) == 5


def test_two_pairs_stand_apart(invoke, admin, report):
    admin.answers["GET", PATH] = (200, {**report, "pairs": report["pairs"] * 2})
    assert invoke("compare").stdout.split("\n").count("") == 2


def test_a_side_without_answers_has_no_latency(invoke, admin, report):
    report["pairs"][0]["actions"][0]["latency"]["candidate"]["p95"] = None
    admin.answers["GET", PATH] = (200, report)
    assert " -  " in invoke("compare").stdout.splitlines()[2]


def test_nothing_compared_is_said(invoke, admin, report):
    admin.answers["GET", PATH] = (200, {**report, "pairs": []})
    assert invoke("compare").stdout == "nothing compared since 1970-01-01T00:00:00.000Z\n"
    assert json.loads(invoke("compare", "--json").stdout)["pairs"] == []


def test_reset(invoke, admin):
    admin.answers["DELETE", PATH] = (200, {"status": "reset"})
    assert invoke("compare", "--reset").stdout == "reset\n"
