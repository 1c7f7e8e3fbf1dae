"""A station's own certificate (1.6 white paper A02, A03): SignCertificate, the signing, CertificateSigned.

Accepted is a promise, so the request is kept until the station has its certificate: an authority that cannot be
reached is tried again, and a station that left before it was told is told when it is back.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from cryptography import x509
from prometheus_client import Counter

from broker.api import (
    Authority,
    AuthorityRefused,
    BasePlugin,
    Call,
    CallFailed,
    Certificate,
    Context,
    Direction,
    OperationFailed,
    PluginDocuments,
    Reply,
    SessionView,
    StationRefused,
    answer,
    operation,
    record,
)
from plugins.ocpp16.security_config import SecurityConfig
from plugins.ocpp16.security_params import RenewCertificate
from plugins.shared.certificate_hashes import UNREADABLE, certificates_in, hex_of
from plugins.shared.values import text, timestamp

V16 = "ocpp1.6"
USE = "ChargePointCertificate"
_REQUEST = "certificate request"
_LONGEST_CSR, _LONGEST_CHAIN = 5500, 10_000
_REMEMBERED = 10_000
_PAUSES = (5.0, 30.0, 120.0, 600.0)
"""Seconds between attempts at an authority that cannot be reached."""
_PATIENCE = 60.0
_OWN_KEPT = 10
_KEPT = 86_400.0
"""Seconds after which a request is not worth answering any more: the station has sent another one by then."""


def readable(csr: Any) -> bool:
    """Whether it is a certificate request at all; who may have it signed is the authority's business."""
    if not isinstance(csr, str) or len(csr) > _LONGEST_CSR:
        return False
    try:
        x509.load_pem_x509_csr(csr.encode())
    except UNREADABLE:
        return False
    return True


def _chain(signed: Any) -> str:
    """What an authority has given, if a message can hold it."""
    if not isinstance(signed, str) or not signed:
        raise AuthorityRefused("it has given no certificate")
    if len(signed) > _LONGEST_CHAIN:
        raise AuthorityRefused(f"its chain has {len(signed)} characters, OCPP takes {_LONGEST_CHAIN}")
    return signed


class CertificateSigning(BasePlugin):
    """The part of `ocpp16.security` that gets stations their certificates."""

    config: SecurityConfig
    _requests: Counter

    def __init__(self, config: SecurityConfig, context: Context) -> None:
        super().__init__(config, context)
        self._jobs: dict[str, str] = {}  # identity -> the request that is being signed
        self._asked: OrderedDict[str, float] = OrderedDict()  # identity -> when it last asked
        self._renewals: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._promised: set[str] = set()  # identities whose request may be written down

    def count_requests(self) -> None:
        """Make the metrics."""
        self._requests = self.metrics.counter(
            "certificate_requests",
            "Certificate requests of stations: accepted or rejected by the station, refused by the authority, failed,"
            " unreadable, limited",
            ["outcome"],
        )

    @property
    def _promises(self) -> PluginDocuments:
        """Requests that were accepted; apart from the other documents, so that a start reads them alone."""
        return PluginDocuments(f"{self.context.name}.promises", self.records)

    async def load_promises(self) -> None:
        """Learn who has one, so that nobody else costs a look at the disk when it connects."""
        self._promised = {identity for identity, _, _ in await self._promises.all()}

    @property
    def _authority(self) -> Authority:
        """A plugin's, where one has put it there, else the configuration's."""
        found: Authority = self.shared.get("authority") or self.context.authority
        return found

    # --- SignCertificate --------------------------------------------------------------------------------------------

    @answer(V16, "SignCertificate")
    def sign_certificate(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Accepted where it can be signed as far as anybody can see by now; the certificate follows by itself."""
        csr, identity = call.payload.get("csr"), session.identity
        fault = self._fault(identity, csr)
        if fault:
            self._requests.labels(fault).inc()
            self.log.warning("%s: certificate request %s, rejected", identity, fault)
            return {"status": "Rejected"}
        if self._jobs.get(identity) != csr:
            self._note_asked(identity)
            session.state.setdefault(self.context.name, {})[_REQUEST] = csr
        return {"status": "Accepted"}

    def _fault(self, identity: str, csr: Any) -> str:
        if not getattr(self._authority, "available", True):
            return "refused"
        if not readable(csr):
            return "unreadable"
        if identity in self._jobs:
            return "" if self._jobs[identity] == csr else "limited"
        before = self._asked.get(identity)
        soon = before is not None and self.clock.monotonic() - before < self.config.sign_interval
        return "limited" if soon and identity not in self._renewals else ""

    def _note_asked(self, identity: str) -> None:
        self._asked[identity] = self.clock.monotonic()
        self._asked.move_to_end(identity)
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)

    @record(V16, "SignCertificate", direction=Direction.FROM_STATION, trylast=True)
    def start_signing(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Sign what this CSMS has accepted; what an upstream has answered is that one's to sign."""
        csr = session.state.get(self.context.name, {}).pop(_REQUEST, None)
        accepted = reply.is_result and reply.payload.get("status") == "Accepted"
        if csr is not None and accepted:
            request = {"csr": csr, "at": self.clock.now()}
            self._promise(session.identity, request)
            self._start(session, request)
        elif not accepted:
            self._renewed(session.identity, OperationFailed("the station's SignCertificate was not answered Accepted"))

    def _start(self, session: SessionView, request: dict[str, Any]) -> None:
        self._jobs[session.identity] = request["csr"]
        self.spawn(self._job(session, request), name="sign certificate")

    async def resume_signing(self, session: SessionView) -> None:
        """A station is back: it gets what it was promised on its last connection."""
        identity = session.identity
        if identity not in self._promised or identity in self._jobs or session.answers != "local":
            return
        request = await self._promises.get(identity, _REQUEST)
        if request is None or self.clock.now() - request["at"] > _KEPT:
            self._forget(identity)
        elif identity not in self._jobs:
            self._start(session, request)

    # --- signing ----------------------------------------------------------------------------------------------------

    async def _job(self, session: SessionView, request: dict[str, Any]) -> None:
        identity = session.identity
        try:
            if "chain" not in request:
                request["chain"] = await self._signed(identity, request["csr"])
                self._promise(identity, request)
            await session.call("CertificateSigned", {"certificateChain": request["chain"]})
            self._forget(identity)
            # Where the station has answered, that was recorded before, and nobody waits any more.
            self._renewed(identity, OperationFailed("CertificateSigned has not reached the station"))
        except AuthorityRefused as error:
            self._requests.labels("refused").inc()
            self.log.warning("%s: the authority does not sign its certificate request: %s", identity, error)
            self._forget(identity)
            self._renewed(identity, OperationFailed(f"the authority does not sign the station's request: {error}"))
        except CallFailed as error:
            self.log.warning("%s: CertificateSigned has no answer (%s); it is sent again", identity, error)
            self._renewed(identity, OperationFailed(f"the station has not answered CertificateSigned: {error}"))
        finally:
            self._jobs.pop(identity, None)

    async def _signed(self, identity: str, csr: str) -> str:
        """The chain; an authority that refuses is asked no more, one that fails is."""
        chain: Any
        for pause in (*_PAUSES, None):
            try:
                async with asyncio.timeout(_PATIENCE):
                    chain = await self._authority.sign(identity, csr)
            except AuthorityRefused:
                raise
            except Exception as error:  # noqa: BLE001 - a plugin's authority may raise anything
                self.log.warning("%s: the authority failed: %s", identity, type(error).__name__)
            else:
                return _chain(chain)
            self._requests.labels("failed").inc()
            if pause is not None:
                await asyncio.sleep(pause)
        raise CallFailed("the authority cannot be reached")

    def _promise(self, identity: str, request: dict[str, Any]) -> None:
        self._promised.add(identity)
        self.records.later(self._promises.put(identity, _REQUEST, request))

    def _forget(self, identity: str) -> None:
        self._promised.discard(identity)
        self.records.later(self._promises.drop(identity, _REQUEST))

    # --- CertificateSigned ------------------------------------------------------------------------------------------

    @record(V16, "CertificateSigned", direction=Direction.TO_STATION)
    async def keep_certificate(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has made of its new certificate, whoever has signed it."""
        identity = session.identity
        if not reply.is_result:
            self.log.warning("%s: CertificateSigned was answered %s", identity, reply.code)
            self._renewed(identity, StationRefused(reply.code, reply.description, reply.details))
            return
        status = text(reply.payload.get("status")) or ""
        outcome: dict[str, Any] = {"certificateSigned": status}
        chain = text(call.payload.get("certificateChain")) or ""
        found = certificates_in(chain)
        if found:
            serial, ends = hex_of(found[0].serial_number), found[0].not_valid_after_utc.timestamp()
            outcome |= {"serialNumber": serial, "notAfter": timestamp(ends)}
            await self._keep_own(self._own(identity, found[0], chain, status))
        if status == "Accepted":
            self._requests.labels("accepted").inc()
            self.log.info("%s: has a new certificate, %s", identity, outcome.get("serialNumber", "unreadable"))
        else:
            self._requests.labels("rejected").inc()
            self.log.warning("%s: does not take its new certificate: %s", identity, status)
        self._renewed(identity, outcome)

    async def _keep_own(self, own: Certificate) -> None:
        """Beside the latest ones that it had: a station that asks again and again does not fill the disk."""
        book = self.records.certificates
        before = [one for one in await book.of(own.identity) if one.use == USE and one.key != own.key]
        before.sort(key=lambda one: one.at or 0.0, reverse=True)
        self.records.later(book.put(own), *(book.drop(one.identity, one.key) for one in before[_OWN_KEPT - 1 :]))

    def _own(self, identity: str, leaf: x509.Certificate, chain: str, status: str) -> Certificate:
        serial = hex_of(leaf.serial_number)
        return Certificate(
            identity=identity,
            key=f"station:{serial}",
            use=USE,
            hash_data={},
            serial_number=serial,
            subject=leaf.subject.rfc4514_string(),
            not_after=leaf.not_valid_after_utc.timestamp(),
            status=status,
            at=self.clock.now(),
            pem=chain,
        )

    # --- the operation ----------------------------------------------------------------------------------------------

    @operation("renew-certificate", V16)
    async def renew_certificate(self, session: SessionView, params: RenewCertificate) -> dict[str, Any]:
        """Have the station ask for a new certificate of its own, and see that it gets it."""
        identity = session.identity
        if identity in self._renewals:
            raise OperationFailed("its certificate is being renewed already")
        renewal = self._renewals[identity] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(params.timeout):
                trigger = {"requestedMessage": "SignChargePointCertificate"}
                result = self.result_of(await session.call("ExtendedTriggerMessage", trigger))
                if result.get("status") != "Accepted":
                    return {"status": result.get("status")}
                return {"status": "Accepted", **await renewal}
        except TimeoutError:
            raise OperationFailed(f"no new certificate within {params.timeout:g} seconds") from None
        finally:
            del self._renewals[identity]
            if renewal.done() and not renewal.cancelled():
                renewal.exception()  # looked at: nobody may be waiting for it any more

    def _renewed(self, identity: str, outcome: dict[str, Any] | OperationFailed) -> None:
        """Tell the operator who waits for it, if there is one."""
        renewal = self._renewals.get(identity)
        if renewal is None or renewal.done():
            return
        if isinstance(outcome, OperationFailed):
            renewal.set_exception(outcome)
        else:
            renewal.set_result(outcome)
