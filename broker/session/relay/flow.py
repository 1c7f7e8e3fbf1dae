"""The way of a message: from a leg's frame through the chain to the other side, and its answer back.

Each step is synchronous as long as no plugin is interested; a step that a plugin's handler takes part in returns
the rest of the way as a coroutine, which the `Reader` runs. Nothing here waits for a socket.
"""

from time import monotonic

import structlog

from broker.hooks import (
    Answer,
    Chain,
    Reject,
    run_answer,
    run_on_call,
)
from broker.hooks.call_errors import CallFailed, CallTimeout, NotConnected, QueueFull
from broker.metrics import SAMPLE
from broker.ocpp import (
    Call,
    ErrorKind,
    Pending,
    Reply,
    Taken,
    encode_reply,
    error_code,
    parse,
)
from broker.ocpp.heads import Head
from broker.session.callers import Caller
from broker.session.grants.adoption import Change
from broker.session.leg import Leg
from broker.session.reader import Work
from broker.session.relay.outward import Outward
from broker.session.relay.replies import FlowSession, Owner, Replies, report_key
from broker.session.relay.unreadable import Unreadable
from broker.session.relay.validator import Validator
from broker.session.shared import Shared
from broker.session.upstream.backends import Backends
from broker.session.upstream.standing_in import stand_in_answer
from broker.store import StoreFailed
from broker.tasks import spawn

_log = structlog.get_logger("broker.session")


class Flow(Replies):
    """The message flow of one session, between the station and its backends."""

    __slots__ = ("_unreadable", "draining", "not_kept", "release_station")

    def __init__(self, session: FlowSession, shared: Shared, station: Leg, backends: Backends) -> None:
        super().__init__(session, shared, station, backends)
        self.not_kept = session.not_kept
        """What to do when a message cannot be written down: the station must keep it."""
        self.release_station = session.release_station
        """Calls may go to the station from now on."""
        self._unreadable = Unreadable(session, shared)
        self._outward = Outward(self, backends, shared)
        self.draining = False
        """True while the broker stops: open calls finish, new ones are not taken."""

    def take_route(self) -> None:
        """The route has changed."""
        self._validator = Validator(self.backends.route, self._version, self._shared)
        self._outward.take_route()

    def take(self, leg: Leg, data: str | bytes, now: float) -> Work | None:
        """One frame of `leg`, received at `now`."""
        message = parse(data, self._version, self._shared.frame_limits, origin=leg.name)
        if isinstance(message, Call):
            work = self._call(leg, message, now)
        elif isinstance(message, Reply):
            work = self._reply(leg, message, now)
        else:
            instead = self._unreadable.take(leg, self._side(leg), message, data)
            work = None if instead is None else self._reply(leg, instead, now)
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
        first = not self.backends.heard or call.action == "BootNotification"
        if first and leg is self.station and not self._outward.hears(call, now):
            leg.backlog.append((call, now))  # the route is being changed for it
            return None
        if leg.busy or leg.backlog:
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
        try:
            try:
                await work
            except Exception:  # noqa: BLE001 - the border: the calls behind it have nothing to do with it
                _log.exception("call failed", identity=self._session.identity)
            await self.work_off(leg)
        finally:
            leg.busy = False

    async def work_off(self, leg: Leg) -> None:
        """Take the calls of the backlog, in order."""
        while (following := self._following(leg)) is not None:
            try:
                await following
            except Exception:  # noqa: BLE001 - the border, as above
                _log.exception("call failed", identity=self._session.identity)

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
        if owner is not self.station:
            admitted = self._commanding.admit(owner, call)
            if isinstance(admitted, Reply):
                return self.finish(owner, chain, call, admitted, "rejected")
            call = admitted
            change = self._commanding.change(call)
            if change is not None:
                return self._adopting(owner, chain, call, change, now)
        elif not self._session.accepted and self._judges and not self._allowed(call):
            return self.finish(owner, chain, call, self.error(ErrorKind.SECURITY, "boot first"), "rejected")
        return self._judge(owner, chain, call, now)

    @property
    def _judges(self) -> bool:
        """Whether it is the local CSMS that accepts stations.

        For an upstream that is down it takes what the station says all the same: it tells a station to wait that no
        upstream has ever let in, and keeps its messages.
        """
        return self.backends.active is None

    def _allowed(self, call: Call) -> bool:
        """A boot, and what the station was told to send: by TriggerMessage once, of a report every part.

        1.6 4.2; 2.0.1 B02.FR.02, B02.FR.09.
        """
        if call.action == "BootNotification":
            return True
        key = report_key(call) if call.action == "NotifyReport" else call.action
        if key not in self._triggered:
            return False
        if call.action != "NotifyReport" or call.payload.get("tbc") is not True:
            self._triggered.discard(key)
        return True

    async def _adopting(self, owner: Owner, chain: Chain, call: Call, change: Change, now: float) -> None:
        """The station's credentials are about to change: the broker must be able to follow."""
        refused = await self._commanding.expect(call, change)
        if refused is not None:
            work = self.finish(owner, chain, call, refused, "rejected")
        else:
            work = self._judge(owner, chain, call, now, change)
        if work is not None:
            await work

    def _judge(self, owner: Owner, chain: Chain, call: Call, now: float, change: Change | None = None) -> Work | None:
        if not owner.validated and (violation := self._validator.call(owner.direction, call)) is not None:
            return self.finish(owner, chain, call, self._refusal(violation), "rejected")
        if chain.observe:
            self._observe(chain, owner, "call", call, call.raw, "")
        if chain.on_call:
            return self._filter(owner, chain, call, now, change)
        return self._forward(owner, chain, call, now, change)

    async def _filter(self, owner: Owner, chain: Chain, call: Call, now: float, change: Change | None) -> None:
        connection = owner.socket
        outcome = await run_on_call(chain.on_call, self._session, call)
        if change is not None and (not isinstance(outcome, Call) or outcome.raw != call.raw):
            self._commanding.unsent(change)
            change = None
        if owner.socket is not connection and call.expects_reply:  # whoever still wants it makes it again
            self._count(call, owner.direction, "undeliverable")
            return
        if isinstance(outcome, Call) and owner is not self.station and outcome.raw != call.raw:
            work: Work | None = self._replaced(owner, chain, outcome, now)
        elif isinstance(outcome, Call):
            work = self._forward(owner, chain, outcome, now, change)
        elif isinstance(outcome, Answer):
            work = self.finish(owner, chain, call, Reply.result(outcome.payload), "answered")
        elif isinstance(outcome, Reject):
            work = self.finish(owner, chain, call, outcome.reply(self._version), "rejected")
        else:
            self._drop(owner, call)
            return
        if work is not None:
            await work

    async def _replaced(self, owner: Owner, chain: Chain, call: Call, now: float) -> None:
        """A plugin has written another payload, which may change the station's credentials too."""
        change = self._commanding.change(call)
        refused = await self._commanding.expect(call, change) if change is not None else None
        if refused is not None:
            work = self.finish(owner, chain, call, refused, "rejected")
        else:
            work = self._forward(owner, chain, call, now, change)
        if work is not None:
            await work

    def _drop(self, owner: Owner, call: Call) -> None:
        self._count(call, owner.direction, "dropped")
        if isinstance(owner, Caller):
            owner.fail(CallFailed("a plugin dropped the call"))
        elif call.expects_reply:
            owner.drop(call)

    def _forward(self, owner: Owner, chain: Chain, call: Call, now: float, change: Change | None = None) -> Work | None:
        if self.station.gone:
            return self._not_taken(self.station, owner, chain, Pending(call, owner, now, head=change))
        if owner is self.station:
            return self._outward.take(chain, call, now)
        return self.submit(self.station, owner, chain, call, now, change)

    def submit(
        self, target: Leg, owner: Owner, chain: Chain, call: Call, now: float, head: Head | Change | None = None
    ) -> Work | None:
        """Queue a call to `target`; its answer goes to `owner`. `head`: what must be known when it is answered."""
        deadline = now + (owner.timeout or target.patience())
        pending = Pending(call, owner, deadline, "", 0.0, now, chain, head)
        if isinstance(owner, Caller):
            owner.pending = pending
        if target is self.station:
            first = owner is self.backends.primary
            taken = target.submit(pending, now, first=first, share=0 if first else self._commanding.share)
        else:
            taken = target.submit(pending, now, joining=target.exchange.held and call.action == "BootNotification")
        if not taken:
            return self._not_taken(target, owner, chain, pending)
        if not call.expects_reply:
            self._count(call, owner.direction, "result")
            if owner is self.station:
                self.record_sent(chain, call, target)
            return None
        wakes = self._session if target is self.station else self.backends
        if deadline < wakes.wakes_at:
            self._shared.wheel.wake(wakes, deadline)
        return None

    def _not_taken(self, target: Leg, owner: Owner, chain: Chain, pending: Pending) -> Work | None:
        """`target` has no room for the call, or the session has ended."""
        call = pending.call
        if isinstance(pending.head, Change):
            self._commanding.unsent(pending.head)
        elif pending.head is not None:
            self.backends.ledger.land(pending.head.key, None)
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
        return self.finish(owner, chain, call, self.error(ErrorKind.INTERNAL, text), "queue_full")

    async def answer_locally(self, chain: Chain, call: Call, *, stands_in: bool) -> None:
        """The local CSMS answers a call of the station."""
        reply = await self.local_answer(chain, call, None, stands_in=stands_in)
        work = self.finish(self.station, chain, call, reply, "result" if reply.is_result else "error")
        if work is not None:
            await work

    async def local_answer(self, chain: Chain, call: Call, head: Head | None, *, stands_in: bool) -> Reply:
        """What the profile plugins say, for themselves or in the place of an upstream that is down.

        Raises StoreFailed for a message that must not be acknowledged then.
        """
        try:
            if stands_in:
                kind = head.kind if head is not None else None
                return await stand_in_answer(chain, self._session, call, self.backends.ledger.memory, kind)
            if chain.answer is not None:
                return await run_answer(chain.answer, self._session, call)
        except StoreFailed as error:
            if head is not None:
                raise
            return self.error(ErrorKind.INTERNAL, str(error))
        if call.action in self._shared.labels[self._version]:
            return self.error(ErrorKind.NOT_SUPPORTED, f"no plugin answers {call.action}")
        return self.error(ErrorKind.NOT_IMPLEMENTED, f"unknown action {call.action[:50]}")

    def forward_again(self, waiting: list[Pending], now: float) -> None:
        """Calls of the station that the upstream has not seen: somebody else answers now."""
        for pending in waiting:
            call = pending.call
            if pending.head is not None:
                call = pending.head.call
                self.backends.ledger.land(pending.head.key, None)
            work = self._outward.again(pending.note, call, pending.head, now)
            if work is not None:
                spawn(work, name=f"again {self._session.identity}")

    def forget(self, pending: Pending) -> None:
        """A call of ours will not be answered: nobody knows what became of it."""
        if isinstance(pending.head, Change):
            self._commanding.settled(pending.head, None)
        elif pending.head is not None:
            self.backends.ledger.land(pending.head.key, None)

    # --- what is neither --------------------------------------------------------------------------------------------

    def expire(self, leg: Leg, now: float) -> None:
        """Answer for a side that did not answer in time, or that did not come up in time."""
        for pending in leg.exchange.expire(now):
            if pending.owner.aside:
                pending.owner.failed(pending, "timeout", now)
            else:
                self.give_up(leg, pending, f"no answer from the {self._side(leg)} in time")
        leg.pump(now)

    def give_up(self, leg: Leg, pending: Pending, text: str) -> None:
        """End a call of ours that `leg` will not answer."""
        owner: Owner = pending.owner
        call = pending.call
        if leg is self.station:
            self.forget(pending)
        if isinstance(owner, Caller):
            self._count(call, owner.direction, "timeout")
            owner.fail(CallTimeout(text))
            return
        reply = self.error(ErrorKind.GENERIC, text)
        if isinstance(pending.head, Head):
            work = self._outward.booking.given_up(leg.name, pending, reply)
        else:
            work = self.finish(owner, pending.note, call, reply, "timeout")
        if work is not None:
            spawn(work, name=f"timeout {self._session.identity}")

    def part(self) -> None:
        """Break the circles of references; it is of no use after that."""
        del self._outward
