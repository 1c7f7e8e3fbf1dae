"""The exchange of one leg: calls in, answers matched, no socket and no clock."""

import pytest

from broker.ocpp import Call, Exchange, Pending, Reply, ReplyKind, Taken, Unmatched, Version


def pending(name: str = "A", deadline: float = 30.0, *, send: bool = False) -> Pending:
    return Pending(Call(name, b"{}", version=Version.V21, expects_reply=not send), name, deadline)


def reply(message_id: str, kind: ReplyKind = ReplyKind.RESULT) -> Reply:
    return Reply(kind, b"{}", message_id, f'"{message_id}"'.encode())


def peer_call(id_json: bytes = b'"1"', action: str = "A", raw: bytes = b"{}", *, send: bool = False) -> Call:
    return Call(action, raw, version=Version.V21, id=id_json.decode(), id_json=id_json, expects_reply=not send)


def exchange(*names: str, **kwargs) -> Exchange:
    made = Exchange(prefix="p", **kwargs)
    for name in names:
        assert made.submit(pending(name))
    return made


def sent(made: Exchange, now: float = 1.0) -> Pending:
    out = made.next_to_send(now)
    assert out is not None
    return out


def names(pendings: list[Pending]) -> list[str]:
    return [one.owner for one in pendings]


# --- our calls ---


def test_a_call_gets_an_id_and_a_time_when_it_goes_out():
    made = exchange("A")
    waiting = pending("B")
    assert (waiting.message_id, waiting.sent_at) == ("", 0.0)
    out = sent(made, 5.0)
    assert (out.owner, out.message_id, out.sent_at) == ("A", "p1", 5.0)
    assert made.open is out


def test_q14_one_call_is_open_and_the_others_wait_in_order():
    made = exchange("A", "B", "C")
    order = []
    while (out := made.next_to_send(1.0)) is not None:
        order.append(out.owner)
        assert made.next_to_send(1.0) is None
        assert made.take_reply(reply(out.message_id)) is out
    assert order == ["A", "B", "C"]
    assert (made.open, made.waiting) == (None, 0)


def test_q14_the_directions_are_independent():
    made = exchange("A")
    sent(made)
    assert made.take_call(peer_call()) is Taken.NEW
    assert made.answered(peer_call()) == 1


def test_q14_half_duplex_waits_until_the_peer_has_its_answer():
    made = exchange("A", half_duplex=True)
    made.take_call(peer_call())
    assert made.next_to_send(1.0) is None
    made.answered(peer_call())
    assert sent(made).owner == "A"


def test_the_first_go_before_the_ordinary_ones():
    made = exchange("A", "B")
    made.submit(pending("primary 1"), first=True)
    made.submit(pending("primary 2"), first=True)
    order = []
    while (out := made.next_to_send(1.0)) is not None:
        order.append(out.owner)
        made.take_reply(reply(out.message_id))
    assert order == ["primary 1", "primary 2", "A", "B"]


def test_a_full_queue_says_so_and_changes_nothing():
    made = exchange("A", "B", max_waiting=2)
    assert not made.submit(pending("C"))
    assert not made.submit(pending("C"), first=True)
    assert made.waiting == 2
    sent(made)
    assert made.submit(pending("C"))


def test_a_paused_exchange_queues_and_sends_nothing():
    made = exchange()
    made.paused = True
    assert made.submit(pending("A"))
    assert made.next_to_send(1.0) is None
    made.paused = False
    assert sent(made).owner == "A"


def test_q13_a_send_never_occupies_the_slot():
    made = exchange("A", "B")
    first = sent(made)
    made.submit(pending("S", send=True))
    out = sent(made)
    assert (out.owner, made.open) == ("S", first)
    assert made.next_to_send(1.0) is None
    assert made.take_reply(reply(out.message_id)) is Unmatched.UNKNOWN
    assert made.take_reply(reply(first.message_id)) is first


def test_ids_are_short_and_never_repeat():
    made = Exchange(prefix="x" * 20, max_waiting=1)
    seen = set()
    for _ in range(2_000):
        made.submit(pending())
        out = sent(made)
        made.take_reply(reply(out.message_id))
        seen.add(out.message_id)
    assert len(seen) == 2_000
    assert max(map(len, seen)) <= 36
    with pytest.raises(ValueError, match="at most 20"):
        Exchange(prefix="x" * 21)


# --- answers ---


def test_q15_an_error_is_an_answer_too():
    made = exchange("A")
    out = sent(made)
    assert made.take_reply(reply(out.message_id, ReplyKind.ERROR)) is out


def test_q15_the_first_answer_wins():
    made = exchange("A", "B")
    out = sent(made)
    made.take_reply(reply(out.message_id))
    following = sent(made)
    assert made.take_reply(reply(out.message_id)) is Unmatched.DUPLICATE
    assert made.open is following


def test_q15_an_answer_after_its_time_is_late_and_then_a_duplicate():
    made = exchange("A")
    out = sent(made)
    assert names(made.expire(30.0)) == ["A"]
    assert made.take_reply(reply(out.message_id)) is Unmatched.LATE
    assert made.take_reply(reply(out.message_id)) is Unmatched.DUPLICATE


@pytest.mark.parametrize(
    "message_id", ["", "p", "p0", "p2", "p01", "q1", "1", "p-1", "p1 ", "p\u0661", "p" + "9" * 5_000, "-1"]
)
def test_q15_an_answer_to_what_was_never_asked_is_unknown(message_id):
    made = exchange("A")
    out = sent(made)
    assert made.take_reply(reply(message_id)) is Unmatched.UNKNOWN
    assert made.open is out


def test_q15_an_answer_on_the_next_connection_is_late():
    made = exchange("A")
    old = sent(made)
    made.close()
    made.paused = False
    made.submit(pending("B"))
    new = sent(made)
    assert new.message_id != old.message_id
    assert made.take_reply(reply(old.message_id)) is Unmatched.LATE
    assert made.take_reply(reply(new.message_id)) is new


def test_q15_tombstones_are_bounded():
    made = exchange()
    for _ in range(100):
        made.submit(pending(deadline=1.0))
        sent(made)
        made.expire(1.0)
    assert made.take_reply(reply("p100")) is Unmatched.LATE
    assert made.take_reply(reply("p1")) is Unmatched.DUPLICATE


def test_q13_a_callresulterror_answers_no_call_of_ours():
    made = exchange("A")
    out = sent(made)
    assert made.take_reply(reply(out.message_id, ReplyKind.RESULT_ERROR)) is Unmatched.UNKNOWN
    assert made.open is out


# --- time ---


def test_what_is_past_its_deadline_is_taken_out():
    made = exchange()
    for name, deadline in (("open", 10.0), ("early", 5.0), ("late", 20.0)):
        made.submit(pending(name, deadline))
    made.submit(pending("send", 5.0, send=True))
    assert made.next_deadline() == 5.0
    assert names(made.expire(4.9)) == []
    made.paused = True
    assert names(made.expire(5.0)) == ["early", "send"]
    made.paused = False
    assert sent(made).owner == "open"
    assert made.next_deadline() == 10.0
    assert names(made.expire(10.0)) == ["open"]
    assert sent(made).owner == "late"
    made.expire(20.0)
    assert made.next_deadline() is None


def test_a_deadline_may_be_moved_when_the_call_goes_out():
    made = exchange("A")
    sent(made).deadline = 100.0
    assert made.expire(30.0) == []
    assert made.next_deadline() == 100.0


def test_a_waiting_call_can_be_cancelled():
    made = exchange("A")
    waiting = pending("B")
    made.submit(waiting)
    assert made.cancel(waiting)
    assert not made.cancel(waiting)
    assert made.waiting == 1


def test_a_cancelled_open_call_stays_open_until_the_peer_is_done_with_it():
    made = exchange("A", "B")
    out = sent(made)
    assert made.cancel(out)
    assert not made.cancel(out)
    assert made.next_to_send(1.0) is None
    assert made.take_reply(reply(out.message_id)) is Unmatched.LATE
    assert sent(made).owner == "B"


def test_a_cancelled_open_call_expires_in_silence():
    made = exchange("A", "B")
    out = sent(made)
    made.cancel(out)
    assert names(made.expire(30.0)) == ["B"]
    made.submit(pending("C", 60.0))
    following = sent(made)
    assert made.take_reply(reply(following.message_id)) is following
    assert made.take_reply(reply(out.message_id)) is Unmatched.LATE


def test_close_gives_back_what_is_unanswered():
    made = exchange("A", "B")
    made.submit(pending("first"), first=True)
    sent(made)
    made.submit(pending("more"), first=True)
    made.take_call(peer_call())
    assert names(made.close()) == ["first", "more", "A", "B"]
    assert (made.open, made.waiting, made.inbound, made.next_deadline()) == (None, 0, 0, None)
    assert made.answered(peer_call()) == 0
    assert made.close() == []


def test_close_does_not_give_back_a_cancelled_call():
    made = exchange("A")
    made.cancel(sent(made))
    assert made.close() == []


# --- the peer's calls ---


def test_a_call_of_the_peer_is_answered_once():
    made = exchange()
    assert made.take_call(peer_call()) is Taken.NEW
    assert made.inbound == 1
    assert made.answered(peer_call()) == 1
    assert made.answered(peer_call()) == 0
    assert made.inbound == 0


def test_q10_a_retry_in_flight_gets_the_one_answer_again():
    made = exchange()
    made.take_call(peer_call(raw=b'{"a":1}'))
    assert made.take_call(peer_call(raw=b'{"a":1}')) is Taken.RETRY
    assert made.inbound == 1
    assert made.answered(peer_call().replaced({"changed": True})) == 2


def test_q10_another_call_under_an_id_in_use_is_told_apart():
    made = exchange()
    made.take_call(peer_call(raw=b'{"a":1}'))
    assert made.take_call(peer_call(raw=b'{"a":2}')) is Taken.REUSED
    assert made.take_call(peer_call(action="B", raw=b'{"a":1}')) is Taken.REUSED
    assert made.answered(peer_call()) == 1


def test_q10_an_id_may_be_used_again_after_its_answer():
    made = exchange()
    for _ in range(3):
        assert made.take_call(peer_call()) is Taken.NEW
        assert made.answered(peer_call()) == 1


def test_q10_a_number_and_its_text_are_two_ids():
    made = exchange()
    assert made.take_call(peer_call(b"1")) is Taken.NEW
    assert made.take_call(peer_call(b'"1"')) is Taken.NEW


def test_q13_a_send_of_the_peer_waits_for_no_answer():
    made = exchange()
    assert made.take_call(peer_call(send=True)) is Taken.NEW
    assert made.take_call(peer_call(send=True)) is Taken.NEW
    assert made.inbound == 0
    assert made.answered(peer_call(send=True)) == 0


def test_q13_the_producer_of_an_answer_is_known_for_a_while():
    made = exchange()
    for number in range(20):
        made.take_call(peer_call(b"%d" % number))
        made.answered(peer_call(b"%d" % number), ("upstream", number))
    assert made.producer_of(b"19") == ("upstream", 19)
    assert made.producer_of(b"4") == ("upstream", 4)
    assert made.producer_of(b"3") is None
    made.take_call(peer_call(b"4"))
    made.answered(peer_call(b"4"), ("other", 1))
    assert made.producer_of(b"4") == ("other", 1)
