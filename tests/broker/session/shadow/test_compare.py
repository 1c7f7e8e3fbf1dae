"""A candidate's answers beside the primary's."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.ocpp import Call, Reply, Version
from broker.session.shadow.compare import Comparisons

YES, NO = ({"idTagInfo": {"status": status}} for status in ("Accepted", "Blocked"))


class Clock:
    def __init__(self):
        self.now = 1_767_225_600.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book(clock):
    return Comparisons(wall_clock=clock)


def begin(book, action="Authorize", to="next"):
    return book.begin("main", to, "CP1", Call.of(action, {"idTag": "04AB"}, version=Version.V16))


def try_out(book, primary, candidate, **more):
    trial = begin(book, **more)
    for take, payload in ((trial.primary, primary), (trial.candidate, candidate)):
        take(payload if payload is None or isinstance(payload, Reply) else Reply.result(payload), 1.0)


def only(book):
    (pair,) = book.report()["pairs"]
    return pair


def test_before_anything_was_compared(book):
    assert book.report() == {"since": "2026-01-01T00:00:00.000Z", "pairs": []}
    assert book.counts() == {}


def test_equal_answers(book):
    try_out(book, YES, dict(YES))
    assert (only(book)["compared"], only(book)["equal"], only(book)["examples"]) == (1, 1, [])
    assert book.counts() == {("main", "next", "Authorize", "equal"): 1}


def test_different_answers_are_counted_by_kind_and_path_and_shown(book, clock):
    clock.now += 1.5
    try_out(book, YES, NO)
    pair = only(book)
    assert (pair["primary"], pair["candidate"], pair["equal"], pair["different"]) == ("main", "next", 0, 1)
    assert pair["actions"][0]["differences"] == [{"kind": "token", "path": "idTagInfo.status", "count": 1}]
    assert pair["examples"] == [
        {
            "time": "2026-01-01T00:00:01.500Z",
            "identity": "CP1",
            "action": "Authorize",
            "kind": "token",
            "path": "idTagInfo.status",
            "primary": "Accepted",
            "candidate": "Blocked",
        }
    ]
    assert book.counts() == {("main", "next", "Authorize", "token"): 1}


def test_a_call_with_several_differences_counts_once_for_each_kind(book):
    primary = {"status": "A", "rows": [{"status": "A"}], "interval": 1}
    candidate = {"status": "B", "rows": [{"status": "B"}], "interval": 2}
    try_out(book, primary, candidate, action="BootNotification")
    assert book.counts() == {("main", "next", "BootNotification", kind): 1 for kind in ("status", "interval")}
    assert (only(book)["compared"], len(only(book)["examples"])) == (1, 3)


def test_one_call_does_not_push_the_examples_of_all_others_out(book):
    rows = [{"status": "A"} for _ in range(100)]
    try_out(book, YES, NO)
    try_out(book, {"rows": rows}, {"rows": []})
    assert len(only(book)["examples"]) == 6
    assert only(book)["actions"][0]["differences"][0]["count"] == 100


@pytest.mark.parametrize(
    ("primary", "candidate", "who", "said"),
    [
        (YES, None, "candidate", ("CALLRESULT", None)),
        (None, YES, "primary", (None, "CALLRESULT")),
        (Reply.error("InternalError"), None, "candidate", ("CALLERROR", None)),
        (None, None, "both", (None, None)),
    ],
)
def test_no_answer(book, primary, candidate, who, said):
    try_out(book, primary, candidate)
    pair = only(book)
    assert (pair["compared"], pair["different"]) == (0, 0)
    assert pair["missing"] == {side: int(side == who) for side in ("primary", "candidate", "both")}
    (example,) = pair["examples"]
    assert (example["kind"], example["path"]) == (f"missing_{who}", "")
    assert (example["primary"], example["candidate"]) == said
    assert book.counts() == {("main", "next", "Authorize", f"missing_{who}"): 1}


def test_the_order_does_not_matter_and_one_alone_counts_for_nothing(book):
    trial = begin(book)
    trial.candidate(Reply.result(NO), 1.0)
    assert book.report()["pairs"] == []
    trial.primary(Reply.result(YES), 2.0)
    assert [only(book)["examples"][0][side] for side in ("primary", "candidate")] == ["Accepted", "Blocked"]


def test_a_second_result_of_one_side_changes_nothing(book):
    trial = begin(book)
    trial.primary(Reply.result(YES), 1.0)
    trial.primary(None, 2.0)
    trial.candidate(Reply.result(YES), 3.0)
    trial.candidate(Reply.result(NO), 4.0)
    trial.primary(Reply.result(NO), 5.0)
    assert book.counts() == {("main", "next", "Authorize", "equal"): 1}
    assert only(book)["compared"] == 1


def test_latency_counts_from_when_the_call_went_out(book):
    trial = begin(book)
    trial.primary(Reply.result(YES), 10.5, sent=10.0)
    trial.candidate(Reply.result(YES), 99.0, sent=97.0)
    latency = only(book)["actions"][0]["latency"]
    assert (latency["primary"]["count"], latency["primary"]["mean"]) == (1, 0.5)
    assert (latency["candidate"]["count"], latency["candidate"]["mean"]) == (1, 2.0)


def test_no_latency_where_it_is_not_known_or_nobody_answered(book):
    trial = begin(book)
    trial.primary(Reply.result(YES), 10.5)
    trial.candidate(None, 99.0, sent=97.0)
    latency = only(book)["actions"][0]["latency"]
    assert (latency["primary"]["count"], latency["candidate"]["count"]) == (0, 0)


def test_a_reset_begins_the_report_anew_and_the_metrics_go_on(book, clock):
    try_out(book, YES, NO)
    before = begin(book)
    before.primary(Reply.result(YES), 1.0)
    clock.now += 60
    book.reset()
    assert book.report() == {"since": "2026-01-01T00:01:00.000Z", "pairs": []}
    before.candidate(Reply.result(NO), 2.0)  # it began before: not of this report
    assert book.report()["pairs"] == []
    try_out(book, YES, NO)
    assert book.counts() == {("main", "next", "Authorize", "token"): 2}
    assert only(book)["compared"] == 1


def test_candidates_have_their_own_rows_in_order(book):
    try_out(book, YES, NO, to="b")
    try_out(book, YES, YES, to="a")
    assert [(row["candidate"], row["equal"]) for row in book.report()["pairs"]] == [("a", 1), ("b", 0)]


def test_actions_outside_the_schemas_are_one(book):
    for number in range(100):
        try_out(book, YES, YES, action=f"Invented{number}")
    assert book.counts() == {("main", "next", "other", "equal"): 100}
    assert [row["action"] for row in only(book)["actions"]] == ["other"]


def test_an_invented_path_is_cut(book):
    try_out(book, {"x" * 500: {"status": 1}}, {})
    assert len(only(book)["examples"][0]["path"]) == 128


def test_no_token_is_in_the_report(book):
    primary = {"idTagInfo": {"status": "Accepted", "parentIdTag": "SECRET-1"}, "idTag": "SECRET-3"}
    candidate = {"idTagInfo": {"status": "Blocked", "parentIdTag": "SECRET-2"}}
    try_out(book, primary, candidate)
    try_out(book, primary, Reply.error("InternalError", "SECRET-4", {"idTag": "SECRET-5"}))
    assert "SECRET" not in json.dumps(book.report())
    assert only(book)["different"] == 2


ANSWERS = st.sampled_from(
    [None, Reply.error("A"), Reply.error("B"), Reply.result(YES), Reply.result(NO), Reply.result({})]
)


@given(st.lists(st.tuples(st.sampled_from(["Authorize", "Heartbeat", "Mine"]), ANSWERS, ANSWERS), max_size=60))
def test_every_trial_is_accounted_for(trials):
    book = Comparisons()
    for action, primary, candidate in trials:
        try_out(book, primary, candidate, action=action)
    pairs = book.report()["pairs"]
    rows = [row for pair in pairs for row in pair["actions"]]
    assert sum(row["compared"] + sum(row["missing"].values()) for row in rows) == len(trials)
    assert all(0 <= row["equal"] <= row["compared"] for row in rows)
    assert sum(n for (*_, kind), n in book.counts().items() if kind == "equal") == sum(row["equal"] for row in rows)
    assert all(len(pair["examples"]) <= 50 for pair in pairs)
    json.dumps(book.report())
