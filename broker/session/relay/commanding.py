"""What upstreams, operators and plugins may send to the station, and in whose ids."""

import structlog

from broker.config import LOCAL
from broker.ocpp import Call, Reply
from broker.ocpp.ids import id_fields
from broker.ocpp.refusals import refusal
from broker.session.callers import Caller
from broker.session.grants.adoption import Adoption, Change
from broker.session.leg import Leg
from broker.session.shared import Shared
from broker.session.upstream.backend import Role
from broker.session.upstream.backends import Backends
from broker.session.withheld import reply_without_password

_LOGGED = 20  # refusals of one connection; an upstream may send thousands a second, and all are counted

_log = structlog.get_logger("broker.session")


class Commanding:
    """Judges the calls to one station, and puts them into the station's own ids."""

    __slots__ = ("_adoption", "_backends", "_refused", "_shared", "_station", "_version", "share")

    def __init__(self, backends: Backends, station: Leg, shared: Shared, *, profile: int) -> None:
        book = shared.credentials
        self._adoption = Adoption(book, backends.ledger.identity, profile=profile) if book is not None else None
        self._backends = backends
        self._station = station
        self._shared = shared
        self._version = backends.version
        self._refused = 0
        self.share = max(1, shared.config.limits.queue // 2)
        """How much of the queue to the station one asker may fill, the primary excepted."""

    def admit(self, owner: Leg | Caller, call: Call) -> Call | Reply:
        """The call as the station is to get it, or the answer that it gets in the station's place."""
        if not isinstance(owner, Leg):
            return self._as_it_is(call)
        backend = self._backends.get(owner.name)
        if backend is None or backend.link is not owner:  # it has just lost its place
            return refusal(call)
        denied = backend.commands.judge(call)
        if denied is not None:
            self._shared.metrics.command_refused(owner.name, denied.reason)
            self._show(owner.name, call.action, denied.reason)
            return denied.reply
        if self._station.gone:  # nothing is kept for a station that is away: a late start begins at night
            return refusal(call)
        return self._translated(owner, call)

    def _show(self, upstream: str, action: str, reason: str) -> None:
        self._refused += 1
        if self._refused > _LOGGED:
            return
        identity = self._backends.ledger.identity
        _log.warning("command refused", identity=identity, upstream=upstream, action=action, reason=reason)

    def _as_it_is(self, call: Call) -> Call:
        """An operator and a plugin see the station as it is: what they name has its own ids there."""
        ledger = self._backends.ledger
        if id_fields(call.version, call.action):
            call = ledger.ids.keep(LOCAL, call)
            ledger.save()
        return call

    def _translated(self, owner: Leg, call: Call) -> Call | Reply:
        ledger = self._backends.ledger
        translated = ledger.ids.translate_to_station(owner.name, call, ledger.transactions.to_station)
        if translated is None:
            self._shared.metrics.mapping_missed(owner.name)
            return refusal(call)
        if id_fields(call.version, call.action):
            ledger.save()
        return translated

    # --- credentials that pass by (design.md 5, point 12) -----------------------------------------------------------

    def change(self, call: Call) -> Change | None:
        """What a call to the station would change of the credentials that it comes with."""
        return self._adoption.watch(call) if self._adoption is not None else None

    async def expect(self, call: Call, change: Change) -> Reply | None:
        """Be ready for the change before the call goes out; or the answer that it gets instead."""
        assert self._adoption is not None
        fault = await self._adoption.expect(change)
        if not fault:
            return None
        _log.warning("credentials not changed", identity=self._backends.ledger.identity, change=change.kind, why=fault)
        return refusal(call)

    def unsent(self, change: Change) -> None:
        """The call does not go out after all."""
        if self._adoption is not None:
            self._adoption.unsent(change)

    def settled(self, change: Change, reply: Reply | None) -> None:
        """The station has answered, or will not."""
        if self._adoption is not None:
            self._adoption.confirmed(change, reply)

    # --- answers ----------------------------------------------------------------------------------------------------

    def answered(self, owner: Leg | Caller, call: Call, reply: Reply) -> Reply:
        """The station's answer, as the one who asked is to get it."""
        if call.action == "GetTransactionStatus" and isinstance(owner, Leg) and reply.is_result:
            reply = self._with_our_queue(owner, call, reply)
        backend = self._backends.get(owner.name) if isinstance(owner, Leg) else None
        if backend is not None and backend.role is Role.SECONDARY:
            reply = reply_without_password(reply)
        if backend is not None and backend.shaper is not None:
            reply = backend.shaper.answer(call.action, reply)
        return reply

    def _with_our_queue(self, owner: Leg, call: Call, reply: Reply) -> Reply:
        """2.0.1 E14: messages may be waiting at the station, or here; of one transaction, or of any."""
        ledger = self._backends.ledger
        box = ledger.outboxes.get(owner.name)
        if box is None or box.empty or reply.payload.get("messagesInQueue") is True:
            return reply
        named = call.payload.get("transactionId")
        if isinstance(named, str) and not ((tx := ledger.transactions.find(named)) and box.may_hold(tx.ref)):
            return reply
        return reply.replaced({**reply.payload, "messagesInQueue": True})
