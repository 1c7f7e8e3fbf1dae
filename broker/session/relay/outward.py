"""Where a call of the station goes: to whoever answers it, and past those who watch."""

from typing import TYPE_CHECKING

from broker.hooks import Chain
from broker.ocpp import Call, Reply
from broker.ocpp.heads import GUARANTEED, Head, head_of
from broker.session.reader import Work
from broker.session.relay.booking import Booking
from broker.session.shadow.compare import Trial
from broker.session.shared import Shared
from broker.session.upstream.backends import Backends

if TYPE_CHECKING:
    from broker.session.relay.flow import Flow

_BOOT, _STATUS = "BootNotification", "StatusNotification"
_NOTED = frozenset({_BOOT, _STATUS})
_TRIALS = 64

#: Reports to whoever has asked for them; their answers say nothing.
_ASIDE = frozenset(
    {
        "FirmwareStatusNotification",
        "LogStatusNotification",
        "NotifyCustomerInformation",
        "NotifyDisplayMessages",
        "NotifyMonitoringReport",
        "NotifyReport",
        "PublishFirmwareStatusNotification",
        "ReportChargingProfiles",
        "ReservationStatusUpdate",
        "SignedFirmwareStatusNotification",
    }
)


class Outward:
    """Sends the calls of one station on their way."""

    __slots__ = ("_backends", "_flow", "_guaranteed", "_shared", "_trials", "booking", "noted")

    def __init__(self, flow: "Flow", backends: Backends, shared: Shared) -> None:
        self._flow = flow
        self._backends = backends
        self._shared = shared
        self._guaranteed = GUARANTEED[backends.version]
        self._trials: dict[bytes, tuple[float, list[Trial]]] = {}
        self.booking = Booking(flow, backends, backends.ledger, shared)
        self.noted: frozenset[str] | _Everything = frozenset()
        """Actions whose answers are looked at."""
        self.take_route()

    def take_route(self) -> None:
        """The route has changed."""
        learns = self._backends.route.when_primary_down_mode == "stand_in"
        self.noted = _EVERYTHING if self._trials else _NOTED | {"Authorize"} if learns else _NOTED

    def hears(self, call: Call, now: float) -> bool:
        """The station has said something; False while its route is being changed because of it."""
        if call.action == _BOOT:
            if not self._backends.heard:
                self._backends.hear(True, now)
            return not self._backends.rerouted(call)
        if not self._backends.heard:
            self._backends.hear(False, now)
            self._flow.release_station(now)  # it works without a boot, as a station that merely reconnects does
        return True

    def take(self, chain: Chain, call: Call, now: float) -> Work | None:
        """A call that no plugin has answered, to whoever answers it."""
        backends = self._backends
        if call.action in self._guaranteed:
            head = head_of(call)
            if head is not None:
                return self.booking.take(chain, call, head, now)
        if call.action in _NOTED:
            self._note(call, now)
        elif not backends.plain:
            self._copy(call, now)
        elif backends.ledger.ids.empty and (active := backends.succession.active) is not None:
            return self._flow.submit(active.link, self._flow.station, chain, call, now)
        return self._ask(chain, call, now)

    def again(self, chain: Chain, call: Call, head: Head | None, now: float) -> Work | None:
        """A call that nobody has answered, to whoever answers now; those who watch have been told."""
        return self._ask(chain, call, now) if head is None else self.booking.take(chain, call, head, now)

    def _ask(self, chain: Chain, call: Call, now: float) -> Work | None:
        backends = self._backends
        answering = backends.answerer(call)
        if answering is None:
            return self._flow.answer_locally(chain, call, stands_in=False)
        if backends.standing_in and answering is backends.active:
            return self._flow.answer_locally(chain, call, stands_in=True)
        out = backends.ledger.ids.translate_to_peer(answering.link.name, call)
        if out is None:  # it names what is another's
            self._shared.metrics.mapping_missed(answering.link.name)
            return self._flow.answer_locally(chain, call, stands_in=True)
        if out is not call:
            backends.ledger.save()
        if answering is not backends.active and call.action in _ASIDE:
            answering.copy(call, now, None)  # who asked for it may be slow, or gone: the station does not wait for that
            return self._flow.finish(self._flow.station, chain, call, Reply.result({}), "result")
        return self._flow.submit(answering.link, self._flow.station, chain, out, now)

    def _note(self, call: Call, now: float) -> None:
        """What an upstream that joins later will be told."""
        if call.action == _BOOT:
            self._remember(call, self._backends.watching.boot(call, now), now)
            return
        self._backends.ledger.memory.note_status(call)
        self._backends.ledger.save_memory()
        if not self._backends.plain:
            self._copy(call, now)

    def _copy(self, call: Call, now: float) -> None:
        self._remember(call, self._backends.watching.copy(call, self._backends.answerer(call), now), now)

    def _remember(self, call: Call, trials: list[Trial], now: float) -> None:
        if not trials or not call.expects_reply:
            return
        self._trials[call.id_json] = (now, trials)
        self.noted = _EVERYTHING
        if len(self._trials) > _TRIALS:
            del self._trials[next(iter(self._trials))]

    def answered(self, call: Call, reply: Reply) -> None:
        """The station is about to get this answer."""
        now = self._flow.clock()
        sent, trials = self._trials.pop(call.id_json, (now, ()))
        for trial in trials:
            trial.primary(reply, now, sent=sent)
        if not self._trials and self.noted is _EVERYTHING:
            self.take_route()
        if call.action == _BOOT:
            self._backends.booted(call, reply, now)
        elif call.action == "Authorize" and reply.is_result and self._backends.active is not None:
            self._shared.learn_token(self._backends.active.link.name, self._backends.route, call, reply)

    def acknowledged(self, call: Call) -> None:
        """The station has got its answer: calls to it may follow that to its boot, and never come before it."""
        if call.action == _BOOT:
            self._flow.release_station(self._flow.clock())


class _Everything:
    def __contains__(self, _: object) -> bool:
        return True


_EVERYTHING = _Everything()
