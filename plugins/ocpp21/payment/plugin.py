"""OCPP 2.1, functional blocks C and I: direct payments, their settlement, web payments and VAT numbers."""

import asyncio
import uuid
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import web

from broker.api import (
    Action,
    BasePlugin,
    Call,
    Context,
    Direction,
    OperationFailed,
    Replace,
    Reply,
    SessionView,
    StoreFailed,
    answer,
    hookimpl,
    on_reply,
    operation,
    record,
)
from plugins.ocpp21.limits import strictest, takes_limits, with_limits
from plugins.ocpp21.payment import params as params_of
from plugins.ocpp21.payment.config import PaymentOptions
from plugins.ocpp21.payment.news import News
from plugins.ocpp21.payment.pages import Pages
from plugins.ocpp21.payment.payments import Payments
from plugins.ocpp21.payment.receipts import receipt
from plugins.ocpp21.payment.vat import has_form
from plugins.ocpp21.payment.vat_provider import understood
from plugins.ocpp21.payment.web import Routes
from plugins.ocpp201.request_ids import RequestIds
from plugins.ocpp201.versions import V21, actions
from plugins.shared.ci_string import folded
from plugins.shared.json_service import JsonService, Unavailable
from plugins.shared.values import text, whole

DIRECT_PAYMENT = "DirectPayment"
TRANSACTIONS = "ocpp201.transactions"
_FROM = Direction.FROM_STATION
_UNKNOWN = ("Unknown", "Invalid")
#: Of a NotifySettlement, what its transaction shows.
_SETTLEMENT = ("status", "settlementAmount", "settlementTime")


class Payment(BasePlugin):
    """OCPP 2.1 payment: terminals, QR codes, settlement, receipts and VAT numbers."""

    name = "ocpp21.payment"

    class Config(PaymentOptions):
        """Receipts, VAT numbers, web payments."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._payments = Payments(context)
        self._request_ids = RequestIds(context.clock)
        self._pages = None if config.web is None else Pages(config.web, context)
        vat = config.vat
        self._vat = None if vat is None else JsonService(vat.url, vat.headers, timeout=vat.timeout)
        self._news: News | None = None
        self._starting: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        """By station and payment: what comes twice at once is asked of the station once."""

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls about payments."""
        stations = ("NotifySettlement", "VatNumberValidation")
        return actions("Payment", from_station=stations, to_station=("NotifyWebPaymentStarted",), versions=(V21,))

    @hookimpl
    def register_routes(self) -> list[web.RouteDef]:
        """The back end of a payment page, where there are web payments."""
        if self._pages is None:
            return []
        return Routes(self._pages, self._session_of, self.web_payment_opened, self.web_payment).rows()

    def _session_of(self, identity: str) -> SessionView | None:
        return self.sessions.get(identity)  # there are none yet while the routes are made

    @hookimpl
    async def broker_starting(self) -> None:
        """Make the way out for news of payments."""
        if self.config.webhook is not None:
            self._news = News(self.config.webhook, self)

    @hookimpl
    async def broker_stopping(self) -> None:
        """Tell what waits to be told, and let go of the connections."""
        if self._news is not None:
            await self._news.finish()
        if self._vat is not None:
            await self._vat.close()

    # --- what the station is answered -------------------------------------------------------------------------------

    @on_reply(V21, "Authorize", "TransactionEvent", direction=_FROM)
    async def paid(self, session: SessionView, call: Call, reply: Reply) -> Replace | None:
        """C18, C24.FR.02, C25.FR.24: the payment stands for itself, and has its limits."""
        reference = _reference(call.payload.get("idToken"))
        if reference is None or session.answers != "local" or not reply.is_result:
            return None
        try:
            payment = await self._payments.of(session.identity, reference)
        except StoreFailed as error:
            self.log.warning("%s: a payment is not known: %s", session.identity, error)
            return None
        answered = reply.payload
        info = answered.get("idTokenInfo")
        if isinstance(info, dict) and info.get("status") in _UNKNOWN and (payment or self.config.accept_direct_payment):
            answered = {**answered, "idTokenInfo": {**info, "status": "Accepted"}}
        if payment is not None and call.action == "TransactionEvent" and takes_limits(call.payload):
            answered = with_limits(answered, payment.get("limits")) or answered
        return None if answered is reply.payload else Replace(answered)

    @answer(V21, "NotifySettlement")
    def settlement(self, session: SessionView, call: Call) -> dict[str, Any]:
        """C21.FR.03: with the receipt, where the CSMS makes it."""
        template = self.config.receipt_url
        if template is None or call.payload.get("status") not in self.config.receipt_for:
            return {}
        return receipt(template, session.identity, call.payload)

    @answer(V21, "VatNumberValidation")
    async def vat_number(self, session: SessionView, call: Call) -> dict[str, Any]:
        """C21: as the configured service says, else by its form."""
        given = text(call.payload.get("vatNumber")) or ""
        found: dict[str, Any] = {"vatNumber": given[:20], "status": "Rejected"}
        evse = whole(call.payload.get("evseId"))
        if evse is not None and evse >= 0:
            found["evseId"] = evse
        if self._vat is None:
            return {**found, "status": "Accepted"} if has_form(given) else found
        question = {"vatNumber": given, "evseId": evse, "identity": session.identity}
        try:
            said = understood(await self._vat.ask(question))
        except Unavailable as error:
            self.log.warning("the service for VAT numbers: %s", error)
            return {**found, "statusInfo": {"reasonCode": "Unavailable"}}
        if "company" in said:
            found["company"] = said["company"]
        return {**found, "status": "Accepted"} if said["valid"] else found

    # --- what is kept -----------------------------------------------------------------------------------------------

    @record(V21, "NotifySettlement", direction=_FROM)
    async def settled(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep the settlement, and note it with its transaction."""
        if not reply.is_result:
            return
        now = self.clock.now()
        is_local = call.answered_by == "local"
        await self._payments.settled(session.identity, call.payload, reply.payload, now, commit=is_local)
        transaction_id = text(call.payload.get("transactionId"))
        book = self.shared.get(TRANSACTIONS)
        if transaction_id is not None and book is not None:
            noted = {name: call.payload[name] for name in _SETTLEMENT if name in call.payload}
            change = await book.note(session.identity, transaction_id, {"settlement": noted})
            if change is not None:
                self.records.later(change)
        self._tell("Settlement", session, {**call.payload, **reply.payload})

    @record(V21, "TransactionEvent", direction=_FROM, trylast=True)
    async def ended(self, session: SessionView, call: Call, reply: Reply) -> None:
        """C21: where the CSMS settles, somebody has to hear of the end and what it costs."""
        book = self.shared.get(TRANSACTIONS)
        if self._news is None or book is None or not reply.is_result or call.payload.get("eventType") != "Ended":
            return
        tx = await book.seen(session, call)
        if tx is None or folded(tx.token_type or "") != folded(DIRECT_PAYMENT):
            return
        news = {"transactionId": tx.transaction_id, "pspRef": tx.token}
        news |= {name: tx.details[name] for name in ("totalCost", "currency", "cost") if name in tx.details}
        self._tell("TransactionEnded", session, news)

    def _tell(self, kind: str, session: SessionView, news: dict[str, Any]) -> None:
        if self._news is not None:
            self._news.tell({"type": kind, "identity": session.identity, **news})

    # --- what an operator, or a payment page, asks ------------------------------------------------------------------

    @operation("terminal-payment", V21)
    async def terminal_payment(self, session: SessionView, params: params_of.TerminalPayment) -> dict[str, Any]:
        """Start a transaction that was paid at a stand-alone payment terminal (C24)."""
        info = list(params.additionalInfo or ())
        if params.cardLast4Digits is not None:
            info.append({"additionalIdToken": params.cardLast4Digits, "type": "CardLast4Digits"})
        return await self._start(session, params, params.evseId, params.limits(), info)

    @operation("web-payment-opened", V21)
    async def web_payment_opened(self, session: SessionView, params: params_of.Opened) -> dict[str, Any]:
        """Check the URL of a QR code, and have the station keep the EVSE while the driver pays (C25.FR.21)."""
        page = await self._web().checked(session.identity, params)
        seconds = max(0, round(page.until - self.clock.now()))
        # It may be told (C25.FR.21): one that cannot keep an EVSE can be charged at all the same.
        reply = await session.call("NotifyWebPaymentStarted", {"evseId": page.evse, "timeout": seconds})
        return {
            "notified": reply.is_result,
            "paymentId": self._web().opened(page),
            "evseId": page.evse,
            "limits": page.limits,
            "timeout": seconds,
        }

    @operation("web-payment", V21)
    async def web_payment(self, session: SessionView, params: params_of.WebPayment) -> dict[str, Any]:
        """Start a transaction that was paid on the page of a QR code (C25); the URL is checked, or was checked."""
        if params.paymentId is None:
            page = await self._web().checked(session.identity, params.opened())
        else:
            page = self._web().found(params.paymentId, session.identity)
        return await self._start(session, params, page.evse, strictest(page.limits, params.limits()), [])

    @operation("notify-web-payment-started", V21)
    async def notify_web_payment_started(
        self, session: SessionView, params: params_of.WebPaymentStarted
    ) -> dict[str, Any]:
        """Have the station keep an EVSE for somebody who pays; a timeout of 0 takes it back (C25.FR.21)."""
        web_options = self.config.web
        seconds = params.timeout if params.timeout is not None else 300 if web_options is None else web_options.timeout
        payload = {"evseId": params.evseId, "timeout": seconds}
        self.result_of(await session.call("NotifyWebPaymentStarted", payload))
        return payload

    @operation("set-web-payment", V21)
    async def set_web_payment(self, session: SessionView, params: params_of.SetWebPayment) -> dict[str, Any]:
        """Set up the station's QR codes: URL, shared secret, one-time passwords (WebPaymentsCtrlr, C25)."""
        component: dict[str, Any] = {"name": "WebPaymentsCtrlr"}
        if params.evseId is not None:
            component["evse"] = {"id": params.evseId}
        variables = self._web().variables(session.identity, params.enabled)
        results: dict[str, Any] = {}
        for name, value in variables.items():  # one by one: what a station refuses shows by its name
            data = {"component": component, "variable": {"name": name}, "attributeValue": value}
            answered = self.result_of(await session.call("SetVariables", {"setVariableData": [data]}))
            said = answered.get("setVariableResult")
            first = said[0] if isinstance(said, list) and said and isinstance(said[0], dict) else {}
            results[name] = text(first.get("attributeStatus"))
        return {"variables": results}

    def _web(self) -> Pages:
        if self._pages is None:
            raise OperationFailed("the options of ocpp21.payment have no web payments")
        return self._pages

    async def _start(
        self,
        session: SessionView,
        params: params_of.TerminalPayment | params_of.WebPayment,
        evse: int,
        limits: dict[str, Any],
        info: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """C24.FR.01, C25.FR.23. The same payment again starts nothing twice."""
        reference = params.pspRef or str(uuid.uuid4())
        async with self._starting.setdefault((session.identity, folded(reference)), asyncio.Lock()):
            return await self._start_once(session, params, reference, evse, limits, info)

    async def _start_once(
        self,
        session: SessionView,
        params: params_of.TerminalPayment | params_of.WebPayment,
        reference: str,
        evse: int,
        limits: dict[str, Any],
        info: list[dict[str, Any]],
    ) -> dict[str, Any]:
        known = await self._payments.of(session.identity, reference)
        if known is not None and known.get("status") == "Accepted":
            if known.get("evseId") != evse:
                raise OperationFailed("this payment has started a transaction at another EVSE")
            return {"status": "Accepted", "remoteStartId": known["remoteStartId"], "pspRef": reference}
        remote_start_id = params.remoteStartId if params.remoteStartId is not None else self._request_ids.next()
        payment = {"evseId": evse, "remoteStartId": remote_start_id, "limits": limits, "at": self.clock.now()}
        await self._payments.keep(session.identity, reference, payment)
        id_token: dict[str, Any] = {"idToken": reference, "type": DIRECT_PAYMENT}
        if info:
            id_token["additionalInfo"] = info
        payload = {"evseId": evse, "remoteStartId": remote_start_id, "idToken": id_token}
        answered = self.result_of(await session.call("RequestStartTransaction", payload))
        status = {"status": text(answered.get("status"))}
        await self._payments.keep(session.identity, reference, {**payment, **status})
        found = {"status": answered.get("status"), "remoteStartId": remote_start_id, "pspRef": reference}
        return {**found, "limits": limits} if limits else found


def _reference(id_token: Any) -> str | None:
    """The payment's reference, of an idToken that is one."""
    if not isinstance(id_token, dict) or folded(text(id_token.get("type")) or "") != folded(DIRECT_PAYMENT):
        return None
    return text(id_token.get("idToken"))
