"""What a station holds of a customer (N09, N10): reported to the operator, cleared, and never kept here.

It is personal data. A report that an upstream has asked for passes, and nothing of it is put together.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from broker.api import (
    BasePlugin,
    Call,
    CallFailed,
    Context,
    Direction,
    OperationFailed,
    Reply,
    SessionView,
    operation,
    record,
)
from plugins.ocpp201.diagnostics.params import CustomerInformation
from plugins.ocpp201.id_tokens import resolved
from plugins.ocpp201.reports import Reports
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2
from plugins.shared.ci_string import folded
from plugins.shared.members import given
from plugins.shared.values import text, whole

LOCAL_LIST = "ocpp201.local_list"
_OURS = frozenset({"api", "plugin"})
_PATIENCE = 60.0  # seconds for the report of what was cleared, before the list follows
_REPORTS = 200

Key = tuple[str, int]


class Customers(BasePlugin):
    """The part of `ocpp201.diagnostics` that asks for customers' data, and has them cleared."""

    numbers: RequestIds

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._customers = Reports()
        self._asked: set[Key] = set()
        self._told: OrderedDict[Key, asyncio.Event] = OrderedDict()
        """By report: whether its last part was there."""

    @record(V2, "NotifyCustomerInformation", direction=Direction.FROM_STATION)
    async def take_report(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A part for whoever waits for it."""
        number, tbc = whole(call.payload.get("requestId")), call.payload.get("tbc") is True
        if number is None:
            return
        key = (session.identity, number)
        if key in self._asked:
            data = text(call.payload.get("data"))
            seq = whole(call.payload.get("seqNo"))
            self._customers.part(*key, items=[data] if data else [], tbc=tbc, seq=seq)
        if not tbc:
            self._over(key).set()

    @record(V2, "CustomerInformation", direction=Direction.TO_STATION)
    async def follow(self, session: SessionView, call: Call, reply: Reply) -> None:
        """N10.FR.02: a customer who was cleared leaves the local list too, which the station may not change itself.

        Where an upstream has asked, the list is the upstream's.
        """
        token, cleared = call.payload.get("idToken"), call.payload.get("clear") is True
        if call.origin not in _OURS or not cleared or not isinstance(token, Mapping) or not reply.is_result:
            return
        if reply.payload.get("status") == "Accepted":
            number = whole(call.payload.get("requestId")) if call.payload.get("report") is True else None
            self.spawn(self._forget(session, dict(token), number), name="forget")

    async def _forget(self, session: SessionView, token: dict[str, Any], number: int | None) -> None:
        forget: Callable[[SessionView, dict[str, Any]], Awaitable[None]] | None
        offered = self.shared.get(LOCAL_LIST)
        forget = getattr(offered, "forget", offered)
        if forget is None:
            return
        if not await self._may_be_listed(session.identity, text(token.get("idToken")) or ""):
            return
        if number is not None:
            await _within(self._over((session.identity, number)).wait())
        try:
            await forget(session, token)
        except (CallFailed, OperationFailed) as error:
            # Not its text: what a station says of it may name the token.
            self.log.warning("the local list of %s was not updated: %s", session.identity, type(error).__name__)

    async def _may_be_listed(self, identity: str, token: str) -> bool:
        """Whether the token is in the local list; it may be in one that has a version and entries that nobody knows."""
        known = await self.records.local_lists.get(identity)
        if known is None or known.version <= 0:
            return False
        return not known.entries or folded(token) in map(folded, known.entries)

    def _over(self, key: Key) -> asyncio.Event:
        event = self._told.setdefault(key, asyncio.Event())
        self._told.move_to_end(key)
        while len(self._told) > _REPORTS:
            self._told.popitem(last=False)
        return event

    @operation("customer-information", V2)
    async def customer_information(self, session: SessionView, params: CustomerInformation) -> dict[str, Any]:
        """Have the station report what it holds of a customer, or clear it, or both (N09, N10)."""
        number = self.numbers.next() if params.requestId is None else params.requestId
        key = (session.identity, number)
        payload = {
            "requestId": number,
            "report": params.report,
            "clear": params.clear,
            "idToken": None if params.idToken is None else await resolved(self.records, params.idToken),
            "customerIdentifier": params.customerIdentifier,
            "customerCertificate": None
            if params.customerCertificate is None
            else params.customerCertificate.model_dump(),
        }
        waits = params.report and params.wait
        if waits:
            self._asked.add(key)
            self._customers.open(*key)
        try:
            result = self.result_of(await session.call("CustomerInformation", given(payload)))
            told = given({"status": result.get("status"), "requestId": number, "statusInfo": result.get("statusInfo")})
            if not waits or result.get("status") != "Accepted":
                return told
            items, complete = await self._customers.collect(*key, params.timeout)
            return {**told, "complete": complete, "data": "".join(items)}
        finally:
            self._asked.discard(key)
            self._customers.close(*key)


async def _within(waiting: Awaitable[Any]) -> None:
    """Wait, but not for ever: a station that has cleared says so as late as it likes."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await waiting
    except TimeoutError:
        pass
