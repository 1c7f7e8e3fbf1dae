"""What the local CSMS says in the place of an upstream that is down (field-notes 4.3)."""

from broker.hooks import Chain, SessionView, run_answer
from broker.ocpp import Call, ErrorKind, Reply, error_code
from broker.ocpp.heads import Kind
from broker.ocpp.refusals import refusal
from broker.session.books.memory import Memory

#: Only a CSMS with its certificate authority behind it can say yes; a half-true Accepted strands the station.
_REFUSED = frozenset({"SignCertificate", "Get15118EVCertificate", "GetCertificateStatus", "GetCertificateChainStatus"})
#: What no answer could say no to: the error of a plugin would cost the station one of its attempts.
_SAYS_NOTHING = frozenset({Kind.METER, Kind.STOP, Kind.SECURITY})

_RETRY = 60


async def stand_in_answer(chain: Chain, session: SessionView, call: Call, memory: Memory, kind: Kind | None) -> Reply:
    """The answer of the profile plugins, where they may give one."""
    if call.action in _REFUSED:
        return refusal(call)
    if chain.answer is not None:
        reply = await run_answer(chain.answer, session, call)
        if call.action == "BootNotification" and reply.is_result and not memory.accepted:
            # Never Accepted for a station that no upstream has ever let in; never Rejected, it may be welcome.
            return reply.replaced({**reply.payload, "status": "Pending", "interval": _RETRY})
        if reply.is_result or kind not in _SAYS_NOTHING:
            return reply
    if kind is not None and kind is not Kind.START:
        return Reply.result({})  # it is kept, and that is all the station needs to know
    return Reply.error(error_code(call.version, ErrorKind.INTERNAL), "the central system is not reachable")
