"""One upstream beside a station: its link, its part in the route, and what it is told and may say."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from broker.config import Route, Secondary
from broker.hooks import Direction
from broker.ocpp import Call, Pending, Reply
from broker.ocpp.heads import Head
from broker.session.books.ledger import Ledger
from broker.session.books.memory import connector_of
from broker.session.delivery.courier import Answers, Courier
from broker.session.grants.commands import Commands
from broker.session.shadow.shaping import Shaper
from broker.session.shared import Shared
from broker.session.upstream.joining import Joining
from broker.session.upstream.link import Link
from broker.session.withheld import call_without_password

if TYPE_CHECKING:
    from broker.session.shadow.compare import Trial

_SHORT_LIVED = 30.0  # seconds that a message waits for a secondary that is not there

#: Personal or certificate business of the one upstream that answers; nobody else is shown it (field-notes 2.3).
_NEVER_COPIED = frozenset(
    {"SignCertificate", "Get15118EVCertificate", "GetCertificateStatus", "GetCertificateChainStatus"}
)
#: In 1.6 the same business goes by DataTransfer, under this vendorId (OCA, ISO 15118 with OCPP 1.6).
_PLUG_AND_CHARGE = b"iso15118pnc"
#: What an upstream may send that has no part in the route any more.
_STOPS = frozenset({"RemoteStopTransaction", "RequestStopTransaction"})
#: An upstream gets the broker's own, at its own interval.
_OWN = frozenset({"Heartbeat", "BootNotification"})


class Role(StrEnum):
    """What an upstream is to a station."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    FORMER = "former"
    """It was the primary, and still has open transactions or undelivered messages, or may become it again."""


class Backend:
    """Owner of the copies of ordinary messages on its link."""

    __slots__ = (
        "_copies",
        "_shared",
        "_stands_in",
        "catching_up",
        "commands",
        "compare",
        "courier",
        "joining",
        "ledger",
        "link",
        "role",
        "shaper",
    )

    aside = True
    direction = Direction.FROM_STATION
    validated = True
    timeout: float | None = None
    name = "copy"
    socket = None

    def __init__(
        self,
        link: Link,
        role: Role,
        ledger: Ledger,
        shared: Shared,
        answers: Answers,
        route: Route,
        secondary: Secondary | None,
        *,
        late: bool,
    ) -> None:
        self.link = link
        self.ledger = ledger
        self._shared = shared
        self._copies: dict[str, Pending] = {}
        self.courier = Courier(link, ledger.outbox(link.name), ledger, shared, answers)
        self.catching_up = False
        """True while it is being told what was left in another version, before its own link is dialled."""
        self.joining = Joining(link, ledger, late=late, when_ready=lambda: answers.ready(link.name))
        self.take_part(role, route, secondary)

    def take_part(self, role: Role, route: Route, secondary: Secondary | None) -> None:
        """What the upstream may say and is told; a secondary's are its own, a primary's those of the route."""
        self.role = role
        settings = secondary if secondary is not None else route
        if role is Role.FORMER and self.link.name not in (route.primary, *route.failover):
            self.commands = Commands(_STOPS, ())  # it has no part in the route, but may end what it has begun
        else:
            self.commands = Commands(
                _allowed(secondary), frozenset(settings.grants), "deny" if secondary is not None else route.credentials
            )
        self.compare = secondary is not None and secondary.compare
        self._stands_in = secondary is None and route.when_primary_down_mode == "stand_in"
        outbox = self._shared.config.outbox
        self.courier.take_rate(route.stand_in.replay_per_second if self._stands_in else outbox.station_per_second)
        self.shaper: Shaper | None = None
        if secondary is not None and secondary.filter is not None:
            self.shaper = Shaper(secondary.filter, self.link.version, self._shared.pseudonym_key)
        self.joining.take_part(frozenset(settings.replay), self.shaper, beats=secondary is not None)

    @property
    def name_of_upstream(self) -> str:
        return self.link.name

    @property
    def busy(self) -> bool:
        """Whether something is on the way to it that must not be lost."""
        return not self.courier.outbox.empty or self.answer_due

    @property
    def answer_due(self) -> bool:
        """Whether it is at work on a transaction message: the answer is worth waiting for."""
        pending = self.link.exchange.open
        return self.catching_up or not self.courier.idle or (pending is not None and pending.head is not None)

    def stores(self, standing_in: bool, *, begins: bool = False) -> bool:
        """Whether a transaction message for it goes to its outbox, and is answered in its place.

        `begins`: it is the first of its transaction, so that no order is broken when it goes past what waits. Only
        where the route stands in may the local CSMS decide who charges.
        """
        waiting = not self.courier.outbox.empty or not self.courier.idle
        if self.role is Role.PRIMARY:
            return standing_in or (waiting and (self._stands_in or not begins))
        return waiting or not self.link.ready

    # --- copies of ordinary messages --------------------------------------------------------------------------------

    def wants(self, call: Call) -> bool:
        if call.action in _NEVER_COPIED or call.action in _OWN:
            return False
        return call.action != "DataTransfer" or _PLUG_AND_CHARGE not in call.raw

    def shaped(self, call: Call, now: float, head: Head | None = None) -> Call | None:
        """The call as this secondary is to see it; None where it is not to."""
        return call if self.shaper is None else self.shaper.shape(call, now, head=head)

    def copy(self, call: Call, now: float, trial: "Trial | None") -> None:
        """Tell a secondary what the station has said; nobody waits for its answer."""
        if call.action == "NotifyReport" and self.role is Role.SECONDARY:
            call = call_without_password(call)
        shaped = self.shaped(_without_certificate(call), now)
        if shaped is not None:
            shaped = self.ledger.ids.translate_to_peer(self.link.name, shaped)
        if shaped is None:
            return
        key = connector_of(call) if call.action == "StatusNotification" else ""
        if key and not self.link.ready and self.joining.replays_statuses:
            return  # it is told the last one when it joins
        if key:
            self._supersede(key)
        pending = Pending(shaped, self, now + _SHORT_LIVED, submitted_at=now, note=trial)
        if not self.link.submit(pending, now):
            self._shared.metrics.copy_dropped(self.link.name, "queue_full")
        elif key and not pending.message_id:
            self._copies[key] = pending

    def _supersede(self, key: str) -> None:
        """Only the last status of a connector counts (1.6, 4.9: stale ones should not be sent)."""
        old = self._copies.pop(key, None)
        if old is not None and not old.message_id:
            self.link.exchange.cancel(old)

    def _forget(self, pending: Pending) -> None:
        for key, waiting in list(self._copies.items()):
            if waiting is pending:
                del self._copies[key]

    def answered(self, pending: Pending, reply: Reply, now: float) -> None:
        self._forget(pending)
        if pending.note is not None:
            pending.note.candidate(reply, now, sent=pending.sent_at)

    def failed(self, pending: Pending, reason: str, now: float) -> None:
        self._forget(pending)
        self._shared.metrics.copy_dropped(self.link.name, reason)
        if pending.note is not None:
            pending.note.candidate(None, now)

    def describe(self) -> dict[str, Any]:
        """What the API shows of its part."""
        state = "open" if self.link.ready else "held" if self.link.socket is not None else "down"
        return {"upstream": self.link.name, "role": self.role.value, "state": state}


def _without_certificate(call: Call) -> Call:
    """An Authorize of 2.x may hold a contract certificate."""
    if call.action != "Authorize" or b'"certificate"' not in call.raw:
        return call
    return call.replaced({key: value for key, value in call.payload.items() if key != "certificate"})


def _allowed(secondary: Secondary | None) -> frozenset[str] | None:
    """The actions that it may send; None for all."""
    if secondary is None or secondary.commands == "all":
        return None
    return frozenset() if secondary.commands == "none" else frozenset(secondary.commands)
