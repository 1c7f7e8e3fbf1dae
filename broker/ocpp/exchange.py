"""Whose call is open on a leg, and whose answer a frame is (OCPP-J 1.6 section 4.1, 2.0.1 part 4 section 4.1).

Pure: `now` is passed in, in seconds of any clock that only goes forward; nothing here sends, waits or logs.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import msgspec

from broker.ocpp.messages import Call, Reply, ReplyKind

_TOMBSTONES = 64
_PRODUCERS = 16
_LONGEST_PREFIX = 20


class Pending(msgspec.Struct, eq=False):
    """One call of ours, on its way to the peer of this leg. Times are the exchange's `now`, in seconds."""

    call: Call
    owner: Any
    """Whoever gets the answer."""
    deadline: float
    """When it is given up; may be moved while it waits, and when it goes out."""
    message_id: str = ""
    """Empty until it is on the wire."""
    sent_at: float = 0.0
    submitted_at: float = 0.0
    note: Any = None
    """Whatever the owner wants back with the answer."""
    head: Any = None
    """What is known of a message that must not be lost; it holds the call as the station made it."""


class Taken(StrEnum):
    """What a call of the peer is."""

    NEW = "new"
    RETRY = "retry"
    """The same again, while the first is not answered: one answer is due, sent once more (errata 2025-04 3.1)."""
    REUSED = "reused"
    """Another call under an id that is still in use: an error for this one, the first goes on."""


class Unmatched(StrEnum):
    """A reply that answers no open call."""

    UNKNOWN = "unknown"
    LATE = "late"
    DUPLICATE = "duplicate"


class _Inbound:
    __slots__ = ("call", "copies")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.copies = 1


class Exchange:
    """Both directions of one leg: at most one open call of ours, and the peer's calls that are not answered.

    An exchange may outlive its connection: after `close` the ids go on counting, so that an answer to a call of the
    connection before is known for what it is.
    """

    __slots__ = (
        "_abandoned",
        "_count",
        "_first",
        "_half_duplex",
        "_inbound",
        "_joining",
        "_late",
        "_ordinary",
        "_prefix",
        "_producers",
        "_sends",
        "_turns",
        "held",
        "max_waiting",
        "open",
        "paused",
    )

    def __init__(self, *, prefix: str, max_waiting: int = 64, half_duplex: bool = False) -> None:
        """`prefix` begins our message ids: it should differ from connection to connection of one identity."""
        if len(prefix) > _LONGEST_PREFIX:
            raise ValueError(f"a message id prefix has at most {_LONGEST_PREFIX} characters")
        self.max_waiting = max_waiting
        self.open: Pending | None = None
        """The call of ours that is on the wire."""
        self.paused = False
        """True while nothing may go out; calls are still queued."""
        self.held = False
        """True while only `joining` calls may go out: the peer has not accepted the station, or has not booted."""
        self._prefix = prefix
        self._half_duplex = half_duplex
        self._count = 0
        # Lists: a deque takes 600 bytes empty, and there are six to a session; the queues are short.
        self._first: list[Pending] = []
        self._ordinary: list[Pending] = []
        self._sends: list[Pending] = []
        self._joining: list[Pending] = []
        self._turns: dict[str, int] = {}
        self._abandoned = False
        self._late: dict[str, None] = {}
        self._inbound: dict[bytes, _Inbound] = {}
        self._producers: dict[bytes, Any] = {}

    # --- our calls --------------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many of our calls are not on the wire yet."""
        return len(self._first) + len(self._ordinary) + len(self._sends) + len(self._joining)

    def submit(self, pending: Pending, *, first: bool = False, joining: bool = False, share: int = 0) -> bool:
        """Queue a call; False, and nothing changed, when the queue is full, or the owner has its `share` of it already.

        `first` goes before the ordinary ones. `joining` goes before all, also while the exchange is held.
        """
        if joining:
            self._joining.append(pending)
            return True
        if len(self._first) + len(self._ordinary) + len(self._sends) >= self.max_waiting:
            return False
        if share and sum(_name(one) == _name(pending) for one in self._ordinary) >= share:
            return False
        if not pending.call.expects_reply:
            self._sends.append(pending)
        elif first:
            self._first.append(pending)
        else:
            self._ordinary.append(pending)
        return True

    def next_to_send(self, now: float) -> Pending | None:
        """Return what is to go out now, with its message id, or None. Call it until it says None.

        A CALL is open from here on. A SEND has no answer: it never waits for an open call, and is never open itself.
        """
        if self.paused or (self._half_duplex and self._inbound):
            return None
        if self._sends and not self.held:
            pending = self._sends.pop(0)
            marker = "s"  # so that an "answer" to a SEND is not taken for the second answer to a CALL
        elif self.open is not None:
            return None
        else:
            following = self._following()
            if following is None:
                return None
            self.open = pending = following
            marker = ""
        self._count += 1
        pending.message_id = f"{self._prefix}{marker}{self._count}"
        pending.sent_at = now
        return pending

    def _following(self) -> Pending | None:
        """Take out the call whose turn it is."""
        if self._joining:
            return self._joining.pop(0)
        if self.held:
            return None
        if self._first:
            return self._first.pop(0)
        if len(self._ordinary) > 1:
            return self._fair()
        return self._ordinary.pop(0) if self._ordinary else None

    def _fair(self) -> Pending:
        """Take out the oldest call of the owner that has waited longest for a turn: a flood of one starves nobody."""
        firsts: dict[str, Pending] = {}
        for waiting in self._ordinary:
            firsts.setdefault(_name(waiting), waiting)
        name = min(firsts, key=lambda name: self._turns.get(name, 0))
        self._turns[name] = self._count + 1
        self._ordinary.remove(firsts[name])
        return firsts[name]

    def take_reply(self, reply: Reply) -> "Pending | Unmatched":
        """Return the call that `reply` answers, which is open no more, or what the reply is instead.

        A CALLRESULTERROR answers no call of ours: see `producer_of`.
        """
        pending = self.open
        if pending is not None and reply.id == pending.message_id and reply.kind is not ReplyKind.RESULT_ERROR:
            self.open = None
            if self._abandoned:
                self._abandoned = False
                return Unmatched.LATE
            return pending
        return self._unmatched(reply)

    def _unmatched(self, reply: Reply) -> Unmatched:
        if reply.kind is ReplyKind.RESULT_ERROR or not self._is_ours(reply.id):
            return Unmatched.UNKNOWN
        if reply.id in self._late:
            del self._late[reply.id]
            return Unmatched.LATE
        return Unmatched.DUPLICATE

    def _is_ours(self, message_id: str) -> bool:
        """True for the id of a CALL that was on the wire. Ids count up, so no list of them is needed."""
        number = message_id.removeprefix(self._prefix)
        if not message_id.startswith(self._prefix) or not number.isascii() or not number.isdigit() or len(number) > 16:
            return False
        return 0 < int(number) <= self._count and number[0] != "0" and not self._is_open(message_id)

    def _queues(self) -> tuple[list[Pending], ...]:
        return self._joining, self._first, self._ordinary, self._sends

    def _is_open(self, message_id: str) -> bool:
        return self.open is not None and self.open.message_id == message_id

    def _bury(self, pending: Pending) -> None:
        self._late[pending.message_id] = None
        if len(self._late) > _TOMBSTONES:
            del self._late[next(iter(self._late))]

    def expire(self, now: float) -> list[Pending]:
        """Take out and return what is past its deadline, waiting or open."""
        expired: list[Pending] = []
        pending = self.open
        if pending is not None and pending.deadline <= now:
            self.open = None
            self._bury(pending)
            if not self._abandoned:
                expired.append(pending)
            self._abandoned = False
        for queue in self._queues():
            if queue and any(waiting.deadline <= now for waiting in queue):
                expired += [waiting for waiting in queue if waiting.deadline <= now]
                kept = [waiting for waiting in queue if waiting.deadline > now]
                queue.clear()
                queue.extend(kept)
        return expired

    def next_deadline(self) -> float | None:
        """Return the earliest deadline of all, or None when there is no call of ours."""
        pending = self.open
        earliest = None if pending is None else pending.deadline
        for queue in self._queues():
            for waiting in queue:
                if earliest is None or waiting.deadline < earliest:
                    earliest = waiting.deadline
        return earliest

    def cancel(self, pending: Pending) -> bool:
        """Forget a call whose answer nobody wants any more; False when it is not here.

        One that is on the wire stays open until its answer or its deadline, since the peer is at work on it; neither
        is told to anyone.
        """
        if pending is self.open:
            cancelled, self._abandoned = not self._abandoned, True
            return cancelled
        for queue in self._queues():
            if pending in queue:
                queue.remove(pending)
                return True
        return False

    def holds(self, action: str) -> bool:
        """Whether a call of that action waits or is open."""
        if self.open is not None and self.open.call.action == action:
            return True
        return any(waiting.call.action == action for queue in self._queues() for waiting in queue)

    def withdraw(self, wanted: Callable[[Pending], bool]) -> list[Pending]:
        """Take out and return the calls that wait and that `wanted` is true of, in order."""
        taken: list[Pending] = []
        for queue in self._queues():
            if queue:
                taken += [waiting for waiting in queue if wanted(waiting)]
                kept = [waiting for waiting in queue if not wanted(waiting)]
                queue.clear()
                queue.extend(kept)
        return taken

    def disown(self, owner: Any) -> None:
        """Forget every call of `owner`, who is gone and whose message ids mean nothing any more."""
        if self.open is not None and self.open.owner is owner:
            self._abandoned = True
        for queue in self._queues():
            if any(waiting.owner is owner for waiting in queue):
                kept = [waiting for waiting in queue if waiting.owner is not owner]
                queue.clear()
                queue.extend(kept)

    def close(self) -> list[Pending]:
        """The connection is gone: take out and return our unanswered calls, the open one first, then in order.

        The peer's unanswered calls are forgotten, and nothing goes out until `paused` is reset.
        """
        unanswered = [] if self.open is None or self._abandoned else [self.open]
        if self.open is not None:
            self._bury(self.open)
            self.open = None
        self._abandoned = False
        for queue in self._queues():
            unanswered += queue
            queue.clear()
        self._inbound.clear()
        self._producers.clear()
        self.paused = True
        return unanswered

    # --- the peer's calls -------------------------------------------------------------------------------------------

    @property
    def inbound(self) -> int:
        """How many calls of the peer are not answered yet."""
        return len(self._inbound)

    def take_call(self, call: Call) -> Taken:
        """Note a call of the peer. A SEND is always NEW and never waits for an answer."""
        if not call.expects_reply:
            return Taken.NEW
        known = self._inbound.get(call.id_json)
        if known is None:
            self._inbound[call.id_json] = _Inbound(call)
            return Taken.NEW
        if known.call.action == call.action and known.call.raw == call.raw:
            known.copies += 1
            return Taken.RETRY
        return Taken.REUSED

    def answered(self, call: Call, producer: Any = None) -> int:
        """Return how often the answer to a peer's call is to be sent: once, and once for each retry that came.

        0 when the call is not open (any more): then nothing is to be sent. Not for a REUSED call, whose error is sent
        beside this. `producer`, who made the answer, is kept for a CALLRESULTERROR about it.
        """
        known = self._inbound.pop(call.id_json, None)
        if known is None:
            return 0
        if producer is not None:
            self._producers.pop(call.id_json, None)
            self._producers[call.id_json] = producer
            if len(self._producers) > _PRODUCERS:
                del self._producers[next(iter(self._producers))]
        return known.copies

    def producer_of(self, id_json: bytes) -> Any:
        """Return who produced the answer to one of the peer's last 16 calls, as given to `answered`; None if unknown.

        A CALLRESULTERROR goes there (OCPP 2.1 part 4, 4.2.4; field-notes Q-13).
        """
        return self._producers.get(id_json)


def _name(pending: Pending) -> str:
    """Whose turn and whose share it is: one plugin, or one operator, makes each call as another owner."""
    return getattr(pending.owner, "name", "")
