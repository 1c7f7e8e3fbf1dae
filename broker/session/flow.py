"""The way of a message: from a leg's frame through the chain to the other side, and its answer back.

Each step is synchronous as long as no plugin is interested; a step that a plugin's handler takes part in returns
the rest of the way as a coroutine, which the `Reader` runs. Nothing here waits for a socket.
"""

from time import monotonic
from typing import Any

import structlog

from broker.config import Route
from broker.hooks import (
    Answer,
    Chain,
    Direction,
    Reject,
    SessionView,
    run_answer,
    run_observe,
    run_on_call,
    run_on_reply,
)
from broker.metrics import SAMPLE
from broker.ocpp import (
    BadFrame,
    Call,
    ErrorKind,
    Malformed,
    Pending,
    Reply,
    ReplyKind,
    Taken,
    Version,
    Violation,
    answer_malformed,
    encode_reply,
    error_code,
    parse,
)
from broker.session.callers import Caller
from broker.session.errors import CallFailed, CallTimeout, NotConnected, QueueFull
from broker.session.events import malformed_event, message_event
from broker.session.leg import Leg
from broker.session.link import Link
from broker.session.reader import Work
from broker.session.shared import Shared
from broker.session.validator import Validator
from broker.session.wheel import Due
from broker.tasks import spawn

Owner = Leg | Caller

_BAD_FRAMES_LOGGED = 5

_log = structlog.get_logger("broker.session")


class Flow:
    """The message flow of one session; `primary` is None where the local CSMS answers."""

    __slots__ = (
        "_bad_frames",
        "_session",
        "_shared",
        "_validator",
        "_version",
        "_wakes",
        "draining",
        "primary",
        "station",
    )

    def __init__(
        self,
        session: SessionView,
        shared: Shared,
        route: Route,
        station: Leg,
        primary: Link | None,
        *,
        wakes: Due,
    ) -> None:
        self._session = session
        self._wakes = wakes
        self._shared = shared
        self._version = session.version
        self.station = station
        self.primary = primary
        self._validator = Validator(route, session.version, shared)
        self._bad_frames = 0
        self.draining = False
        """True while the broker stops: open calls finish, new ones are not taken."""

    def take(self, leg: Leg, data: str | bytes, now: float) -> Work | None:
        """One frame of `leg`, received at `now`."""
        message = parse(data, self._version, self._shared.frame_limits, origin=leg.name)
        if isinstance(message, Call):
            work = self._call(leg, message, now)
        elif isinstance(message, Reply):
            work = self._reply(leg, message, now)
        else:
            work = self._malformed(leg, message, data, now)
        metrics = self._shared.metrics
        metrics.frames += 1
        if not metrics.frames % SAMPLE:
            if work is not None:
                return self._timed(leg, work, now)
            metrics.own_seconds[leg.direction].observe(monotonic() - now)
        return work

    async def _timed(self, leg: Leg, work: Work, now: float) -> None:
        await work
        self._shared.metrics.own_seconds[leg.direction].observe(monotonic() - now)

    # --- calls ------------------------------------------------------------------------------------------------------

    def _call(self, leg: Leg, call: Call, now: float) -> Work | None:
        if self.draining:
            return None  # never acknowledged, so its sender sends it again
        if call.expects_reply:
            taken = leg.exchange.take_call(call)
            if taken is not Taken.NEW:
                self._again(leg, call, taken)
                return None
        if leg.busy:
            leg.backlog.append((call, now))
            return None
        work = self.begin(leg, call, now)
        return None if work is None else self._in_order(leg, work)

    def _again(self, leg: Leg, call: Call, taken: Taken) -> None:
        """A message id that is still in use: a retry waits for the one answer, anything else is an error (4.2.3)."""
        if taken is Taken.RETRY or leg.socket is None:
            return
        code = error_code(self._version, ErrorKind.PROTOCOL)
        leg.socket.send(encode_reply(call.id_json, Reply.error(code, "this message id is in use")))

    async def _in_order(self, leg: Leg, work: Work) -> None:
        """Run a call's work; calls of that side that come meanwhile stand in its backlog, and follow in order."""
        leg.busy = True
        following: Work | None = work
        try:
            while following is not None:
                try:
                    await following
                except Exception:  # noqa: BLE001 - the border: the calls behind it have nothing to do with it
                    _log.exception("call failed", identity=self._session.identity)
                following = self._following(leg)
        finally:
            leg.busy = False

    def _following(self, leg: Leg) -> Work | None:
        """The work of the next call of the backlog that leaves any."""
        while leg.backlog:
            call, now = leg.backlog.pop(0)
            if leg.reading_paused:
                leg.open_gate()
            work = self.begin(leg, call, now)
            if work is not None:
                return work
        return None

    def begin(self, owner: Owner, call: Call, now: float) -> Work | None:
        """Take a call from `owner` through validation and the chain to where it is answered."""
        chain = self._chain(owner.direction, call.action)
        if not owner.validated and (violation := self._validator.call(owner.direction, call)) is not None:
            return self._finish(owner, chain, call, self._refusal(violation), "rejected")
        if chain.observe:
            self._observe(chain, owner, "call", call, call.raw, "")
        if chain.on_call:
            return self._filter(owner, chain, call, now)
        return self._forward(owner, chain, call, now)

    async def _filter(self, owner: Owner, chain: Chain, call: Call, now: float) -> None:
        connection = owner.socket
        outcome = await run_on_call(chain.on_call, self._session, call)
        if owner.socket is not connection and call.expects_reply:  # whoever still wants it makes it again
            self._count(call, owner.direction, "undeliverable")
            return
        if isinstance(outcome, Call):
            work = self._forward(owner, chain, outcome, now)
        elif isinstance(outcome, Answer):
            work = self._finish(owner, chain, call, Reply.result(outcome.payload), "answered")
        elif isinstance(outcome, Reject):
            work = self._finish(owner, chain, call, outcome.reply(self._version), "rejected")
        else:
            self._drop(owner, call)
            return
        if work is not None:
            await work

    def _drop(self, owner: Owner, call: Call) -> None:
        self._count(call, owner.direction, "dropped")
        if isinstance(owner, Caller):
            owner.fail(CallFailed("a plugin dropped the call"))
        elif call.expects_reply:
            owner.drop(call)

    def _forward(self, owner: Owner, chain: Chain, call: Call, now: float) -> Work | None:
        target: Leg | None = self.station
        if owner is self.station:
            target = self.primary
            if target is None:
                return self._answer_locally(owner, chain, call)
        assert target is not None
        deadline = now + (owner.timeout or target.patience())
        pending = Pending(call, owner, deadline, "", 0.0, now, chain)
        if isinstance(owner, Caller):
            owner.pending = pending
        if target.submit(pending, now, first=owner is self.primary):
            if not call.expects_reply:
                self._count(call, owner.direction, "result")
            elif deadline < self._wakes.wakes_at:
                self._shared.wheel.wake(self._wakes, deadline)
            return None
        return self._not_taken(target, owner, chain, call)

    def _not_taken(self, target: Leg, owner: Owner, chain: Chain, call: Call) -> Work | None:
        """`target` has no room for the call, or the session has ended."""
        if target.gone:
            self._count(call, owner.direction, "undeliverable")
            if isinstance(owner, Caller):
                owner.fail(NotConnected(f"{self._session.identity} has left"))
            return None
        self._shared.metrics.limit("queue")
        if isinstance(owner, Caller):
            self._count(call, owner.direction, "queue_full")
            owner.fail(QueueFull(f"{target.exchange.waiting} calls wait for this station already"))
            return None
        text = f"too many calls wait for the {self._side(target)}"
        return self._finish(owner, chain, call, self._error(ErrorKind.INTERNAL, text), "queue_full")

    async def _answer_locally(self, owner: Owner, chain: Chain, call: Call) -> None:
        if chain.answer is not None:
            reply = await run_answer(chain.answer, self._session, call)
        elif call.action in self._shared.labels[self._version]:
            reply = self._error(ErrorKind.NOT_SUPPORTED, f"no plugin answers {call.action}")
        else:
            reply = self._error(ErrorKind.NOT_IMPLEMENTED, f"unknown action {call.action[:50]}")
        work = self._finish(owner, chain, call, reply, "result" if reply.is_result else "error")
        if work is not None:
            await work

    # --- replies ----------------------------------------------------------------------------------------------------

    def _reply(self, leg: Leg, reply: Reply, now: float) -> Work | None:
        if reply.kind is ReplyKind.RESULT_ERROR:
            self._result_error(leg, reply)
            return None
        pending = leg.exchange.take_reply(reply)
        if leg.exchange.waiting:
            leg.pump(now)
        if not isinstance(pending, Pending):
            self._shared.metrics.unmatched(pending, self._side(leg))
            return None
        metrics = self._shared.metrics
        histogram = metrics.station_seconds if leg is self.station else metrics.upstream_seconds[leg.name]
        histogram.observe(now - pending.sent_at)
        if pending.sent_at > pending.submitted_at:  # the very same moment, unless it had to wait for its turn
            metrics.queue_seconds[pending.owner.direction].observe(pending.sent_at - pending.submitted_at)
        return self._answered(leg, pending, reply)

    def _answered(self, leg: Leg, pending: Pending, reply: Reply) -> Work | None:
        owner: Owner = pending.owner
        call = pending.call
        outcome = "result" if reply.is_result else "error"
        violation = self._validator.result(owner.direction, call.action, reply)
        if violation is not None and not owner.validated:
            self._complain(leg, pending.message_id, violation)
            text = f"the answer is not valid: {violation.path}: {violation.message}"
            reply, outcome = self._error(ErrorKind.INTERNAL, text), "rejected"
        return self._finish(owner, pending.note, call, reply, outcome, (leg, pending.message_id))

    def _complain(self, leg: Leg, message_id: str, violation: Violation) -> None:
        """2.1 answers an answer that is not valid with CALLRESULTERROR; 1.6 and 2.0.1 have no such thing."""
        if self._version is Version.V21 and leg.socket is not None:
            failure = self._refusal(violation).as_result_error()
            leg.socket.send(encode_reply(f'"{message_id}"'.encode(), failure))

    def _result_error(self, leg: Leg, reply: Reply) -> None:
        """A side could not use an answer: tell the side that gave it, under the id it knows (OCPP 2.1, type 5)."""
        producer = leg.exchange.producer_of(reply.id_json)
        if producer is None:
            self._shared.metrics.unmatched("unknown", self._side(leg))
            return
        source, message_id = producer
        if source.socket is not None:
            source.socket.send(encode_reply(f'"{message_id}"'.encode(), reply))

    def _finish(
        self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any = None
    ) -> Work | None:
        if chain.on_reply:
            return self._review(owner, chain, call, reply, outcome, producer)
        self._deliver(owner, chain, call, reply, outcome, producer)
        return None

    async def _review(self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any) -> None:
        connection = owner.socket
        reply = await run_on_reply(chain.on_reply, self._session, call, reply)
        if owner.socket is not connection:  # on the next one, its message id may be another call's
            self._count(call, owner.direction, "undeliverable")
            return
        self._deliver(owner, chain, call, reply, outcome, producer)

    def _deliver(self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any) -> None:
        if call.expects_reply and not owner.answer(call, reply, producer):
            outcome = "undeliverable"
        self._count(call, owner.direction, outcome)
        if chain.observe:
            self._observe(chain, owner, "reply", call, reply.raw, outcome)

    # --- what is neither --------------------------------------------------------------------------------------------

    def _malformed(self, leg: Leg, bad: Malformed, data: str | bytes, now: float) -> Work | None:
        metrics = self._shared.metrics
        metrics.bad_frame(bad.reason, self._side(leg))
        if bad.reason is BadFrame.TOO_DEEP:
            metrics.limit("json_depth")
        observers = self._chain(leg.direction, "").observe
        if observers:
            run_observe(observers, self._session, malformed_event(leg.direction, leg.name, bad, data))
        self._bad_frames += 1
        if self._bad_frames <= _BAD_FRAMES_LOGGED:
            _log.warning(
                "bad frame", identity=self._session.identity, leg=leg.name, reason=bad.reason, text=bad.description
            )
        answer = answer_malformed(bad, self._version)
        if answer is not None and leg.socket is not None:
            leg.socket.send(answer)
        if not bad.is_result or bad.id_json is None:
            return None
        # A broken answer to a call of ours: whoever asked is told now, not after the time limit.
        text = f"the answer is malformed: {bad.reason}"
        code = error_code(self._version, ErrorKind.INTERNAL)
        return self._reply(leg, Reply.error(code, text).under(bad.id or "", bad.id_json), now)

    def expire(self, leg: Leg, now: float) -> None:
        """Answer for a side that did not answer in time, or that did not come up in time."""
        for pending in leg.exchange.expire(now):
            self.give_up(leg, pending, f"no answer from the {self._side(leg)} in time")
        leg.pump(now)

    def give_up(self, leg: Leg, pending: Pending, text: str) -> None:
        """End a call of ours that `leg` will not answer."""
        owner: Owner = pending.owner
        call = pending.call
        if isinstance(owner, Caller):
            self._count(call, owner.direction, "timeout")
            owner.fail(CallTimeout(text))
            return
        work = self._finish(owner, pending.note, call, self._error(ErrorKind.GENERIC, text), "timeout")
        if work is not None:
            spawn(work, name=f"timeout {self._session.identity}")

    # --- small things -----------------------------------------------------------------------------------------------

    def _side(self, leg: Leg) -> str:
        return "station" if leg is self.station else "upstream"

    def _chain(self, direction: Direction, action: str) -> Chain:
        return self._shared.plugins.tables[self._version].chain(direction, action)

    def _error(self, kind: ErrorKind, text: str) -> Reply:
        return Reply.error(error_code(self._version, kind), text)

    def _refusal(self, violation: Violation) -> Reply:
        return self._error(violation.kind, f"{violation.path}: {violation.message}")

    def _count(self, call: Call, direction: Direction, outcome: str) -> None:
        label = self._shared.labels[self._version].get(call.action, "other")
        self._shared.metrics.call(self._version, label, direction, outcome)

    def _observe(self, chain: Chain, owner: Owner, kind: str, call: Call, raw: bytes, outcome: str) -> None:
        peer = call.origin
        if owner is self.station:
            peer = self.primary.name if self.primary is not None else "local"
        run_observe(chain.observe, self._session, message_event(kind, owner.direction, peer, call, raw, outcome))
