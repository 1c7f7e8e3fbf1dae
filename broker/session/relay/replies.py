"""The way back: from a leg's answer to whoever asked, past the validator and the plugins that are interested."""

from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from broker.config import LOCAL
from broker.hooks import Chain, Direction, SessionView, run_observe, run_on_reply
from broker.ocpp import Call, ErrorKind, Pending, Reply, ReplyKind, Version, Violation, encode_reply, error_code
from broker.ocpp.heads import GUARANTEED
from broker.session.callers import Caller
from broker.session.events import message_event
from broker.session.leg import Leg
from broker.session.reader import Work
from broker.session.relay.commanding import Commanding
from broker.session.relay.recording import Recording
from broker.session.relay.validator import Validator
from broker.session.shared import Shared
from broker.session.upstream.backends import Backends

if TYPE_CHECKING:
    from broker.session.relay.outward import Outward

Owner = Leg | Caller

_TRIGGERS = frozenset({"TriggerMessage", "ExtendedTriggerMessage", "GetBaseReport", "GetReport"})


def report_key(call: Call) -> str:
    """What a report is known by from its request to its last part."""
    return f"NotifyReport {call.payload.get('requestId')!r:.40}"


class FlowSession(SessionView, Protocol):
    """What the flow needs of its session, besides what plugins see."""

    slot: int
    wakes_at: float

    def due(self, now: float) -> None: ...

    def not_kept(self, why: str) -> None: ...

    def release_station(self, now: float) -> None: ...


class Replies:
    """The half of a session's flow that deals with answers; `broker.session.relay.flow.Flow` is the other."""

    __slots__ = (
        "_commanding",
        "_outward",
        "_recording",
        "_session",
        "_shared",
        "_triggered",
        "_validator",
        "_version",
        "backends",
        "station",
    )

    _outward: "Outward"

    def __init__(self, session: FlowSession, shared: Shared, station: Leg, backends: Backends) -> None:
        self._session = session
        self._shared = shared
        self._version = session.version
        self.station = station
        self.backends = backends
        self._validator = Validator(backends.route, session.version, shared)
        self._triggered: set[str] = set()
        """What a station that is not accepted may send all the same."""
        self._recording = Recording(session, shared.metrics)
        self._commanding = Commanding(backends, station, shared, profile=session.security_profile)

    # --- replies ----------------------------------------------------------------------------------------------------

    def _reply(self, leg: Leg, reply: Reply, now: float) -> Work | None:
        if reply.kind is ReplyKind.RESULT_ERROR:
            self._result_error(leg, reply)
            return None
        pending = leg.exchange.take_reply(reply)
        if not isinstance(pending, Pending):
            if leg.exchange.waiting:
                leg.pump(now)
            self._shared.metrics.unmatched(pending, self._side(leg))
            return None
        metrics = self._shared.metrics
        histogram = metrics.station_seconds if leg is self.station else metrics.upstream_seconds[leg.name]
        histogram.observe(now - pending.sent_at)
        if pending.owner.aside:
            pending.owner.answered(pending, reply, now)
            leg.pump(now)
            self.backends.stand_in_line(now)
            return None
        if leg.exchange.waiting:
            leg.pump(now)
        if pending.sent_at > pending.submitted_at:  # the very same moment, unless it had to wait for its turn
            metrics.queue_seconds[pending.owner.direction].observe(pending.sent_at - pending.submitted_at)
        return self._answered(leg, pending, reply)

    def _answered(self, leg: Leg, pending: Pending, reply: Reply) -> Work | None:
        owner: Owner = pending.owner
        call = pending.call
        outcome = "result" if reply.is_result else "error"
        if leg is self.station and pending.head is not None:
            self._commanding.settled(pending.head, reply)  # before anybody says that it is not valid
        violation = self._validator.result(owner.direction, call.action, reply)
        if violation is not None and not owner.validated:
            self._complain(leg, pending.message_id, violation)
            text = f"the answer is not valid: {violation.path}: {violation.message}"
            reply, outcome = self.error(ErrorKind.INTERNAL, text), "rejected"
        producer = (leg, pending.message_id)
        if leg is self.station:
            reply = self._commanding.answered(owner, call, reply)
            if not self._session.accepted and call.action in _TRIGGERS:
                self._note_trigger(call, reply)
        elif pending.head is not None:
            return self._outward.booking.answered(leg.name, pending, reply, producer)
        return self.finish(owner, pending.note, call, reply, outcome, producer)

    def _note_trigger(self, call: Call, reply: Reply) -> None:
        """What a station that is not accepted is told to send, it may send, once."""
        if reply.is_result and reply.payload.get("status") == "Accepted":
            if "requestedMessage" not in call.payload:
                self._triggered.add(report_key(call))
                return
            asked = str(call.payload.get("requestedMessage"))
            self._triggered.add("SignCertificate" if asked.startswith("Sign") else asked)

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

    def finish(
        self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any = None
    ) -> Work | None:
        """Give a call its answer, past the plugins that are interested."""
        if chain.on_reply:
            return self._review(owner, chain, call, reply, outcome, producer)
        return self._settle(owner, chain, call, reply, outcome, producer)

    async def _review(self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any) -> None:
        connection = owner.socket
        reply = await run_on_reply(chain.on_reply, self._session, call, reply)
        if owner.socket is not connection:  # on the next one, its message id may be another call's
            self._count(call, owner.direction, "undeliverable")
            return
        work = self._settle(owner, chain, call, reply, outcome, producer)
        if work is not None:
            await work

    def _settle(self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any) -> Work | None:
        """Record it, before it is delivered where somebody relies on that."""
        # What was rejected here is not acted on, and what was answered in the station's place says nothing of it.
        if not chain.record or (producer is None and (owner is not self.station or outcome == "rejected")):
            self._deliver(owner, chain, call, reply, outcome, producer)
            return None
        call.answered_by = LOCAL if producer is None else producer[0].name
        if isinstance(owner, Caller) or producer is None:
            return self._recorded(owner, chain, call, reply, outcome, producer)
        self._deliver(owner, chain, call, reply, outcome, producer)
        self._recording.behind(chain.record, call, reply)
        return None

    def record_sent(self, chain: Chain, call: Call, target: Leg) -> None:
        """A SEND has gone on to `target`: it has no answer (2.1 part 4, 4.2.5), and is recorded like what has one."""
        if chain.record:
            call.answered_by = target.name
            self._recording.behind(chain.record, call, Reply.result({}))

    async def _recorded(
        self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any
    ) -> None:
        connection = owner.socket
        unkept = await self._recording.now(chain.record, call, reply)
        if unkept and owner is self.station and call.action in GUARANTEED[self._version]:
            self._session.not_kept(unkept)  # not acknowledged, so the station keeps it (field-notes R-02)
        elif owner.socket is not connection:
            self._count(call, owner.direction, "undeliverable")
        else:
            self._deliver(owner, chain, call, reply, outcome, producer)

    def _deliver(self, owner: Owner, chain: Chain, call: Call, reply: Reply, outcome: str, producer: Any) -> None:
        noted = owner is self.station and not self.station.gone and call.action in self._outward.noted
        if noted:
            self._outward.answered(call, reply)
        if call.expects_reply and not owner.answer(call, reply, producer):
            outcome = "undeliverable"
        if noted:
            self._outward.acknowledged(call)
        self._count(call, owner.direction, outcome)
        if chain.observe:
            self._observe(chain, owner, "reply", call, reply.raw, outcome)

    # --- small things -----------------------------------------------------------------------------------------------

    @staticmethod
    def clock() -> float:
        return monotonic()

    def _side(self, leg: Leg) -> str:
        return "station" if leg is self.station else "upstream"

    def _chain(self, direction: Direction, action: str) -> Chain:
        return self._shared.plugins.tables[self._version].chain(direction, action)

    def error(self, kind: ErrorKind, text: str) -> Reply:
        return Reply.error(error_code(self._version, kind), text)

    def _refusal(self, violation: Violation) -> Reply:
        return self.error(violation.kind, f"{violation.path}: {violation.message}")

    def _count(self, call: Call, direction: Direction, outcome: str) -> None:
        label = self._shared.labels[self._version].get(call.action, "other")
        self._shared.metrics.call(self._version, label, direction, outcome)

    def _observe(self, chain: Chain, owner: Owner, kind: str, call: Call, raw: bytes, outcome: str) -> None:
        peer = call.origin
        if owner is self.station:
            primary = self.backends.primary
            peer = primary.name if primary is not None and not self.backends.standing_in else "local"
        run_observe(chain.observe, self._session, message_event(kind, owner.direction, peer, call, raw, outcome))
