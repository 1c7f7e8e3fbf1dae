"""Two exchanges, a lossy wire between them, and everything that can happen in any order (hypothesis)."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from broker.ocpp import Call, Exchange, Pending, Reply, Taken, Version, encode_call, encode_reply, parse


class Wire(RuleBasedStateMachine):
    """We are `left`; the peer is `right`. A frame is lost only with its connection, as TCP has it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.left = Exchange(prefix="L", max_waiting=3)
        self.to_right: list[bytes] = []
        self.to_left: list[bytes] = []
        self.at_peer: list[Call] = []
        self.submitted: list[Pending] = []
        self.ended: list[Pending] = []
        self.given_up: set[str] = set()
        self.inbound: list[Call] = []
        self.number = 0

    def live(self) -> list[Pending]:
        return [one for one in self.submitted if one not in self.ended]

    @rule(first=st.booleans(), patience=st.integers(1, 10), send=st.booleans())
    def submit(self, first: bool, patience: int, send: bool) -> None:
        call = Call("Act", b"{}", version=Version.V21, expects_reply=not send)
        one = Pending(call, None, self.now + patience)
        full = self.left.waiting >= 3
        assert self.left.submit(one, first=first) is not full
        if not full:
            self.submitted.append(one)

    @rule()
    def pump(self) -> None:
        while (one := self.left.next_to_send(self.now)) is not None:
            assert not self.left.paused
            self.to_right.append(encode_call(one.message_id, one.call))
            if not one.call.expects_reply:
                self.ended.append(one)

    @precondition(lambda self: self.to_right)
    @rule()
    def peer_reads(self) -> None:
        call = parse(self.to_right.pop(0), Version.V21)
        assert isinstance(call, Call)
        if call.expects_reply:
            self.at_peer.append(call)

    @precondition(lambda self: self.at_peer)
    @rule(data=st.data(), twice=st.booleans())
    def peer_answers(self, data: st.DataObject, twice: bool) -> None:
        call = self.at_peer.pop(data.draw(st.integers(0, len(self.at_peer) - 1)))
        self.to_left += [encode_reply(call.id_json, Reply.result({}))] * (1 + twice)

    @precondition(lambda self: self.to_left)
    @rule()
    def read(self) -> None:
        reply = parse(self.to_left.pop(0), Version.V21)
        assert isinstance(reply, Reply)
        taken = self.left.take_reply(reply)
        if isinstance(taken, Pending):
            assert taken.message_id == reply.id
            assert taken.message_id not in self.given_up
            self.end([taken])

    @rule(seconds=st.integers(0, 6))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds
        open_before = self.left.open
        expired = self.left.expire(self.now)
        if open_before is not None and self.left.open is None:  # one that was cancelled before is told to nobody
            self.given_up.add(open_before.message_id)
        assert all(one.deadline <= self.now for one in expired)
        self.end(expired)

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.live()))
        assert self.left.cancel(one)
        self.end([one])

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        self.left.paused = paused

    @rule()
    def connection_lost(self) -> None:
        back = self.left.close()
        assert {id(one) for one in back} == {id(one) for one in self.live()}
        self.end(back)
        self.to_right.clear()
        self.to_left.clear()
        self.at_peer.clear()
        self.inbound.clear()

    @rule(message_id=st.integers(0, 2), payload=st.sampled_from([b"{}", b'{"a":1}']))
    def peer_calls(self, message_id: int, payload: bytes) -> None:
        call = parse(b'[2,"%d","Act",%b]' % (message_id, payload), Version.V21)
        assert isinstance(call, Call)
        same = [one for one in self.inbound if one.id == call.id]
        expected = Taken.NEW if not same else Taken.RETRY if same[0].raw == payload else Taken.REUSED
        assert self.left.take_call(call) is expected
        if expected is not Taken.REUSED:
            self.inbound.append(call)

    @precondition(lambda self: self.inbound)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self.inbound))
        copies = [one for one in self.inbound if one.id == call.id]
        assert self.left.answered(call) == len(copies)
        self.inbound = [one for one in self.inbound if one.id != call.id]

    def end(self, ones: list[Pending]) -> None:
        for one in ones:
            assert all(one is not other for other in self.ended), "one call ended twice"
            self.ended.append(one)

    @invariant()
    def never_two_open_calls(self) -> None:
        unanswered = {call.id for call in self.at_peer} | {
            message.id
            for message in (parse(frame, Version.V21) for frame in self.to_right)
            if isinstance(message, Call) and message.expects_reply
        }
        assert len(unanswered - self.given_up) <= 1
        if self.left.open is not None:
            assert self.left.open.call.expects_reply

    @invariant()
    def nothing_is_lost_and_nothing_is_kept(self) -> None:
        waiting = self.left.waiting + (self.left.open is not None and self.left.open not in self.ended)
        assert waiting == len(self.live())
        assert self.left.inbound == len({call.id for call in self.inbound})

    @invariant()
    def the_next_deadline_is_the_earliest(self) -> None:
        deadlines = [one.deadline for one in self.live()]
        if self.left.open is not None:
            deadlines.append(self.left.open.deadline)
        assert self.left.next_deadline() == min(deadlines, default=None)


TestWire = Wire.TestCase
TestWire.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
