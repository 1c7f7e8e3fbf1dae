"""OCPP 2.0.1 and 2.1, functional block O: messages on the displays of stations; set, cleared, listed, and known.

Who sets them does not matter: an operator, an upstream or another plugin.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from broker.api import Action, BasePlugin, Call, Context, SessionView, Transaction, answer, hookimpl, operation
from plugins.ocpp201.display import messages
from plugins.ocpp201.display.content import texts_of
from plugins.ocpp201.display.kept import CRITERIA, Kept
from plugins.ocpp201.display.params import ClearDisplayMessage, GetDisplayMessages, Nothing, SetDisplayMessage
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V2, actions
from plugins.shared.members import given, time_of
from plugins.shared.values import text

TRANSACTIONS = "ocpp201.transactions"


class Display(Kept):
    """OCPP 2.x display messages."""

    name = "ocpp201.display"

    def __init__(self, config: BasePlugin.Config, context: Context) -> None:
        super().__init__(config, context)
        self._numbers = RequestIds(self.clock)

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The actions of this block; CostUpdated is of tariff and cost."""
        to_station = ("ClearDisplayMessage", "GetDisplayMessages", "SetDisplayMessage")
        return actions("DisplayMessage", from_station=["NotifyDisplayMessages"], to_station=to_station)

    @answer(V2, "NotifyDisplayMessages")
    def noted(self, session: SessionView, call: Call) -> dict[str, Any]:
        """O03 and O04: the answer is empty."""
        return {}

    @operation("set-display-message", V2)
    async def set_display_message(self, session: SessionView, params: SetDisplayMessage) -> dict[str, Any]:
        """Show a message, always or in a state, for a time or a transaction; the driver's language first."""
        number = await self._fresh(session.identity) if params.id is None else params.id
        languages = await self._languages(session.identity, params)
        message = {
            "id": number,
            "priority": params.priority,
            "state": params.state,
            "startDateTime": time_of(params.startDateTime),
            "endDateTime": time_of(params.endDateTime),
            "transactionId": params.transactionId,
            "display": params.display,
            **texts_of(params, languages, session.version),
        }
        result = self.result_of(await session.call("SetDisplayMessage", {"message": given(message)}))
        return {**_told(result), "id": number}

    @operation("clear-display-message", V2)
    async def clear_display_message(self, session: SessionView, params: ClearDisplayMessage) -> dict[str, Any]:
        """Show a message no longer (O05)."""
        return _told(self.result_of(await session.call("ClearDisplayMessage", {"id": params.id})))

    @operation("get-display-messages", V2)
    async def get_display_messages(self, session: SessionView, params: GetDisplayMessages) -> dict[str, Any]:
        """Ask the station for its messages: all, or by id, priority and state (O03, O04)."""
        number = self._numbers.next() if params.requestId is None else params.requestId
        key = (session.identity, number)
        payload = {"requestId": number, **params.model_dump(include=set(CRITERIA), exclude_none=True)}
        if params.wait:
            self.reports.open(*key)
        try:
            told = {**_told(self.result_of(await session.call("GetDisplayMessages", payload))), "requestId": number}
            if told["status"] != "Accepted":
                return {**told, "complete": True, "messageInfo": []}
            if not params.wait:
                return {**told, "complete": False, "messageInfo": []}
            items, complete = await self.reports.collect(*key, params.timeout)
            return {**told, "complete": complete, "messageInfo": items}
        finally:
            if params.wait:
                self.reports.close(*key)

    @operation("display-messages", V2)
    async def display_messages(self, session: SessionView, params: Nothing) -> dict[str, Any]:
        """What is known of the station's messages; nothing is sent to it."""
        known = await self.known(session.identity)
        now = self.clock.now()
        return {"messages": messages.described(messages.without(known, messages.past(known, now)))}

    async def _fresh(self, identity: str) -> int:
        """A number that the station is not known to have."""
        known = await self.known(identity)
        while True:
            number = secrets.randbelow(2**31 - 1) + 1
            if str(number) not in known:
                return number

    async def _languages(self, identity: str, params: SetDisplayMessage) -> list[str]:
        """What the driver of the transaction reads: as Authorize was answered, else as the token says."""
        if params.transactionId is None or not isinstance(params.content, dict):
            return []
        tx = await self._transaction(identity, params.transactionId)
        if tx is None:
            return []
        info = tx.details.get("idTokenInfo")
        told = [text(info.get(name)) for name in ("language1", "language2")] if isinstance(info, Mapping) else []
        token = await self.records.tokens.find(tx.token) if tx.token else None
        told += [] if token is None else [token.language, token.language2]
        return list(dict.fromkeys(one for one in told if one))

    async def _transaction(self, identity: str, transaction: str) -> Transaction | None:
        running = self.shared.get(TRANSACTIONS)
        found: Transaction | None = None if running is None else await running.get(identity, transaction)
        return found or await self.records.transactions.get(identity, transaction)


def _told(result: dict[str, Any]) -> dict[str, Any]:
    return {"status": result.get("status")} | given({"statusInfo": result.get("statusInfo")})
