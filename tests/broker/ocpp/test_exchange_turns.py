"""Whose turn it is: held exchanges, calls that join, shares, and fairness between those who ask."""

from types import SimpleNamespace

import pytest

from broker.ocpp import Call, Exchange, Pending, Version


def owner(name):
    return SimpleNamespace(name=name)


def pending(who, action="Reset", *, kind=2):
    call = Call.of(action, {}, version=Version.V21 if kind == 6 else Version.V16)
    return Pending(call if kind == 2 else SimpleNamespace(expects_reply=False, action=action), who, 100.0)


def exchange(**options):
    return Exchange(prefix="p-", **options)


def served(made, count):
    """Who has the next turns, where each call is answered at once."""
    names = []
    for _ in range(count):
        one = made.next_to_send(0.0)
        names.append(one.owner.name)
        made.open = None
    return names


def test_while_it_is_held_only_calls_that_join_go_out():
    made, who = exchange(), owner("main")
    made.held = True
    made.submit(pending(who), first=True)
    made.submit(pending(who))
    made.submit(pending(who, kind=6))
    assert made.next_to_send(0.0) is None
    made.submit(pending(who, "BootNotification"), joining=True)
    assert made.next_to_send(0.0).call.action == "BootNotification"
    made.open = None
    made.held = False
    assert made.next_to_send(0.0).call.expects_reply is False
    assert len(served(made, 2)) == 2


def test_what_joins_goes_before_all_others_and_is_not_refused_by_a_full_queue():
    made, who = exchange(max_waiting=1), owner("main")
    assert made.submit(pending(who), first=True)
    assert not made.submit(pending(who))
    assert made.submit(pending(who, "BootNotification"), joining=True)
    assert made.waiting == 2
    assert made.next_to_send(0.0).call.action == "BootNotification"


def test_those_who_ask_are_served_by_turns_however_many_calls_one_of_them_has():
    made = exchange()
    flood, quiet = owner("flood"), owner("quiet")
    for _ in range(4):
        made.submit(pending(flood))
    made.submit(pending(quiet))
    made.submit(pending(quiet))
    assert served(made, 6) == ["flood", "quiet", "flood", "quiet", "flood", "flood"]


def test_one_who_comes_later_does_not_wait_for_the_flood_that_was_there():
    made = exchange()
    flood, late = owner("flood"), owner("late")
    for _ in range(5):
        made.submit(pending(flood))
    assert served(made, 2) == ["flood", "flood"]
    made.submit(pending(late))
    assert served(made, 2) == ["late", "flood"]


def test_the_calls_of_one_stay_in_their_order():
    made = exchange()
    one, other = owner("one"), owner("other")
    for action in ("A", "B", "C"):
        made.submit(pending(one, action))
        made.submit(pending(other, action))
    order = []
    while (sent := made.next_to_send(0.0)) is not None:
        order.append((sent.owner.name, sent.call.action))
        made.open = None
    assert [action for name, action in order if name == "one"] == ["A", "B", "C"]
    assert [action for name, action in order if name == "other"] == ["A", "B", "C"]


def test_nobody_has_more_than_its_share_and_the_others_find_room():
    made = exchange(max_waiting=4)
    one, other = owner("one"), owner("other")
    assert [made.submit(pending(one), share=2) for _ in range(3)] == [True, True, False]
    assert [made.submit(pending(other), share=2) for _ in range(3)] == [True, True, False]


def test_a_share_counts_by_name_since_an_operator_makes_each_call_as_another_owner():
    made = exchange(max_waiting=4)
    assert [made.submit(pending(owner("api")), share=2) for _ in range(3)] == [True, True, False]
    assert made.submit(pending(owner("main")), share=2)


def test_the_first_are_bound_by_no_share():
    made, who = exchange(max_waiting=4), owner("main")
    assert all(made.submit(pending(who), first=True) for _ in range(4))
    assert not made.submit(pending(who), first=True)


def test_what_waits_can_be_withdrawn_in_order_and_the_open_one_stays():
    made = exchange()
    mine, theirs = owner("mine"), owner("theirs")
    made.submit(pending(mine, "Open"))
    opened = made.next_to_send(0.0)
    for who, action in ((mine, "A"), (theirs, "B"), (mine, "C")):
        made.submit(pending(who, action))
    made.submit(pending(mine, "Boot"), joining=True)
    taken = made.withdraw(lambda waiting: waiting.owner is mine)
    assert [one.call.action for one in taken] == ["Boot", "A", "C"]
    assert made.open is opened
    assert made.waiting == 1


@pytest.mark.parametrize("where", ["open", "waiting", "joining"])
def test_it_knows_whether_it_holds_a_call_of_an_action(where):
    made = exchange()
    assert not made.holds("Reset")
    made.submit(pending(owner("one"), "Reset"), joining=where == "joining")
    if where == "open":
        made.next_to_send(0.0)
    assert made.holds("Reset")
    assert not made.holds("BootNotification")
