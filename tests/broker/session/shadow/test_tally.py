"""Counts and examples of a primary and a candidate."""

from broker.session.shadow.tally import OTHER, Pair, Tally


def test_an_action_is_described_with_the_most_frequent_difference_first():
    tally = Tally(compared=3, equal=1)
    tally.missing["candidate"] = 2
    for kind, path in (("status", "a"), ("token", "b"), ("token", "b")):
        tally.differ(kind, path)
    tally.primary.observe(0.1)
    described = tally.describe("Authorize")
    latency = described.pop("latency")
    assert described == {
        "action": "Authorize",
        "compared": 3,
        "equal": 1,
        "different": 2,
        "missing": {"primary": 0, "candidate": 2, "both": 0},
        "differences": [{"kind": "token", "path": "b", "count": 2}, {"kind": "status", "path": "a", "count": 1}],
    }
    assert (latency["primary"]["count"], latency["candidate"]["count"]) == (1, 0)


def test_invented_paths_do_not_fill_the_memory():
    tally = Tally()
    for number in range(1000):
        tally.differ("status", f"p{number}")
    tally.differ("status", "p0")
    rows = {row["path"]: row["count"] for row in tally.describe("X")["differences"]}
    assert len(rows) == 65
    assert (rows[OTHER], rows["p0"], sum(rows.values())) == (936, 2, 1001)


def test_a_pair_adds_its_actions_up():
    pair = Pair()
    for action, compared, equal in (("Heartbeat", 5, 5), ("Authorize", 3, 1)):
        pair.of(action).compared, pair.of(action).equal = compared, equal
        pair.of(action).missing["both"] += 1
    described = pair.describe("main", "next")
    assert [row["action"] for row in described["actions"]] == ["Authorize", "Heartbeat"]
    assert {
        name: described[name] for name in ("primary", "candidate", "compared", "equal", "different", "missing")
    } == {
        "primary": "main",
        "candidate": "next",
        "compared": 8,
        "equal": 6,
        "different": 2,
        "missing": {"primary": 0, "candidate": 0, "both": 2},
    }


def test_the_last_fifty_examples_are_kept_the_last_one_first():
    pair = Pair()
    for number in range(60):
        pair.examples.append({"number": number})
    assert [row["number"] for row in pair.describe("main", "next")["examples"]] == list(range(59, 9, -1))
