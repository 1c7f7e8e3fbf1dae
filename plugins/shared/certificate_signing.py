"""A station's own certificates (1.6 white paper and 2.x, A02 and A03): SignCertificate, the signing, CertificateSigned.

Accepted is a promise, so the request is kept until the station has its certificate: an authority that cannot be
reached is tried again, and a station that left before it was told is told when it is back. The versions differ in how
they name what a certificate is for, and in what else a message has; that is what a version's plugin adds.
"""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

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
    OperationFailed,
    PluginDocuments,
    Reply,
    SessionView,
    StationRefused,
)
from plugins.shared.certificate_hashes import UNREADABLE, certificates_in, hex_of
from plugins.shared.renewals import Key, Renewals
from plugins.shared.security_options import SigningOptions
from plugins.shared.values import text, timestamp

Request = dict[str, Any]
"""A certificate request that was accepted: `use`, `csr`, `at`, its `chain` once it is signed, what a version adds."""

LONGEST_CHAIN = 10_000
_REQUEST = "certificate request"
_LONGEST_CSR = 5500
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


def _chain(signed: Any, longest: int) -> str:
    """What an authority has given, if a message can hold it."""
    if not isinstance(signed, str) or not signed:
        raise AuthorityRefused("it has given no certificate")
    if len(signed) > longest:
        raise AuthorityRefused(f"its chain has {len(signed)} characters, the station takes {longest}")
    return signed


class CertificateSigning(BasePlugin):
    """The part of a security plugin that gets stations their certificates."""

    config: SigningOptions
    uses: ClassVar[tuple[str, ...]]
    """What certificates are for; the first is that of the connection to the CSMS, and what a request means by none."""
    _requests: Counter

    def __init__(self, config: SigningOptions, context: Context) -> None:
        super().__init__(config, context)
        self._jobs: dict[Key, Request] = {}  # what is being signed
        self._asked: OrderedDict[Key, float] = OrderedDict()  # when a station last asked
        self._renewals = Renewals()
        self._promised: dict[str, set[str]] = {}  # identity -> uses whose request may be written down

    # --- what a version adds ----------------------------------------------------------------------------------------

    def authority_for(self, use: str) -> Authority | None:
        """Who signs: a plugin's, where one has put it there, else the configuration's."""
        found: Authority = self.shared.get("authority") or self.context.authority
        return found

    async def ask_authority(self, authority: Authority, identity: str, request: Request) -> Any:
        """The chain that the authority gives for it."""
        return await authority.sign(identity, request["csr"])

    def use_of(self, payload: dict[str, Any]) -> str:
        """What the certificate of a SignCertificate or CertificateSigned is for."""
        return self.uses[0]

    def details_of(self, session: SessionView, payload: dict[str, Any]) -> dict[str, Any]:
        """What is to be kept of a SignCertificate beside its csr."""
        return {}

    def signed_payload(self, request: Request) -> dict[str, Any]:
        """The CertificateSigned for a request that was signed."""
        return {"certificateChain": request["chain"]}

    async def longest_chain(self, identity: str) -> int:
        """Characters of a chain that the station takes."""
        return LONGEST_CHAIN

    # --- metrics and promises ---------------------------------------------------------------------------------------

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
        for identity, name, _ in await self._promises.all():
            use = name.removeprefix(_REQUEST).removeprefix(":")
            self._promised.setdefault(identity, set()).add(use or self.uses[0])

    def _document(self, use: str) -> str:
        return _REQUEST if use == self.uses[0] else f"{_REQUEST}:{use}"

    def _promise(self, identity: str, request: Request) -> None:
        use = request["use"]
        self._promised.setdefault(identity, set()).add(use)
        self.records.later(self._promises.put(identity, self._document(use), request))

    def _forget(self, identity: str, use: str) -> None:
        uses = self._promised.get(identity, set())
        uses.discard(use)
        if not uses:
            self._promised.pop(identity, None)
        self.records.later(self._promises.drop(identity, self._document(use)))

    # --- SignCertificate --------------------------------------------------------------------------------------------

    def take_request(self, session: SessionView, payload: dict[str, Any]) -> str:
        """Empty where it can be signed as far as anybody can see by now; else what is wrong with it."""
        csr, use = payload.get("csr"), self.use_of(payload)
        key = (session.identity, use)
        fault = self._fault(key, csr)
        if fault:
            self._requests.labels(fault).inc()
            self.log.warning("%s: certificate request %s, rejected", session.identity, fault)
            return fault
        running = self._jobs.get(key)
        if running is not None:
            running.update(self.details_of(session, payload))  # the station answers to the newest only (2.1 A02.FR.26)
        else:
            self._note_asked(key)
            request = {"use": use, "csr": csr, "at": self.clock.now(), **self.details_of(session, payload)}
            session.state.setdefault(self.context.name, {})[self._document(use)] = request
        return ""

    def _fault(self, key: Key, csr: Any) -> str:
        authority = self.authority_for(key[1]) if key[1] in self.uses else None
        if authority is None or not getattr(authority, "available", True):
            return "refused"
        if not readable(csr):
            return "unreadable"
        if key in self._jobs:
            return "" if self._jobs[key]["csr"] == csr else "limited"
        before = self._asked.get(key)
        soon = before is not None and self.clock.monotonic() - before < self.config.sign_interval
        return "limited" if soon and key not in self._renewals else ""

    def _note_asked(self, key: Key) -> None:
        self._asked[key] = self.clock.monotonic()
        self._asked.move_to_end(key)
        if len(self._asked) > _REMEMBERED:
            self._asked.popitem(last=False)

    def begin_signing(self, session: SessionView, payload: dict[str, Any], reply: Reply) -> None:
        """Sign what this CSMS has accepted; what an upstream has answered is that one's to sign."""
        use = self.use_of(payload)
        request = session.state.get(self.context.name, {}).pop(self._document(use), None)
        accepted = reply.is_result and reply.payload.get("status") == "Accepted"
        if request is not None and accepted:
            self._promise(session.identity, request)
            self._start(session, request)
        elif not accepted:
            why = OperationFailed("the station's SignCertificate was not answered Accepted")
            self._renewals.told((session.identity, use), why)

    def _start(self, session: SessionView, request: Request) -> None:
        self._jobs[session.identity, request["use"]] = request
        self.spawn(self._job(session, request), name="sign certificate")

    async def resume_signing(self, session: SessionView) -> None:
        """A station is back: it gets what it was promised on its last connection."""
        identity = session.identity
        if session.answers != "local":
            return
        for use in sorted(self._promised.get(identity, ())):
            key = (identity, use)
            if key in self._jobs:
                continue
            request = await self._promises.get(identity, self._document(use))
            if request is None or self.clock.now() - request["at"] > _KEPT:
                self._forget(identity, use)
            elif key not in self._jobs:
                self._start(session, {"use": use, **request})

    # --- signing ----------------------------------------------------------------------------------------------------

    async def _job(self, session: SessionView, request: Request) -> None:
        identity, use = key = (session.identity, request["use"])
        try:
            if "chain" not in request:
                request["chain"] = await self._signed(identity, request)
                self._promise(identity, request)
            await session.call("CertificateSigned", self.signed_payload(request))
            self._forget(identity, use)
            # Where the station has answered, that was recorded before, and nobody waits any more.
            self._renewals.told(key, OperationFailed("CertificateSigned has not reached the station"))
        except AuthorityRefused as error:
            self._requests.labels("refused").inc()
            self.log.warning("%s: the authority does not sign its certificate request: %s", identity, error)
            self._forget(identity, use)
            self._renewals.told(key, OperationFailed(f"the authority does not sign the station's request: {error}"))
        except CallFailed as error:
            self.log.warning("%s: CertificateSigned has no answer (%s); it is sent again", identity, error)
            self._renewals.told(key, OperationFailed(f"the station has not answered CertificateSigned: {error}"))
        finally:
            self._jobs.pop(key, None)

    async def _signed(self, identity: str, request: Request) -> str:
        """The chain; an authority that refuses is asked no more, one that fails is."""
        chain: Any
        for pause in (*_PAUSES, None):
            try:
                async with asyncio.timeout(_PATIENCE):
                    chain = await self._asked_now(identity, request)
            except AuthorityRefused:
                raise
            except Exception as error:  # noqa: BLE001 - a plugin's authority may raise anything
                self.log.warning("%s: the authority failed: %s", identity, type(error).__name__)
            else:
                return _chain(chain, await self.longest_chain(identity))
            self._requests.labels("failed").inc()
            if pause is not None:
                await asyncio.sleep(pause)
        raise CallFailed("the authority cannot be reached")

    async def _asked_now(self, identity: str, request: Request) -> Any:
        authority = self.authority_for(request["use"])
        if authority is None:
            raise AuthorityRefused(f"nobody signs a {request['use']} any more")
        return await self.ask_authority(authority, identity, request)

    # --- CertificateSigned ------------------------------------------------------------------------------------------

    async def note_signed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has made of its new certificate, whoever has signed it."""
        identity = session.identity
        key = (identity, self.use_of(call.payload))
        if not reply.is_result:
            self.log.warning("%s: CertificateSigned was answered %s", identity, reply.code)
            self._renewals.told(key, StationRefused(reply.code, reply.description, reply.details))
            return
        status = text(reply.payload.get("status")) or ""
        outcome: dict[str, Any] = {"certificateSigned": status}
        chain = text(call.payload.get("certificateChain")) or ""
        found = certificates_in(chain)
        if found:
            serial, ends = hex_of(found[0].serial_number), found[0].not_valid_after_utc.timestamp()
            outcome |= {"serialNumber": serial, "notAfter": timestamp(ends)}
            await self._keep_own(self._own(key, found[0], chain, status))
        if status == "Accepted":
            self._requests.labels("accepted").inc()
            self.log.info("%s: has a new certificate, %s", identity, outcome.get("serialNumber", "unreadable"))
        else:
            self._requests.labels("rejected").inc()
            self.log.warning("%s: does not take its new certificate: %s", identity, status)
        self._renewals.told(key, outcome)

    async def _keep_own(self, own: Certificate) -> None:
        """Beside the latest ones that it had: a station that asks again and again does not fill the disk."""
        if own.use not in self.uses:
            return
        book = self.records.certificates
        before = [one for one in await book.of(own.identity) if one.use == own.use and one.key != own.key]
        before.sort(key=lambda one: one.at or 0.0, reverse=True)
        self.records.later(book.put(own), *(book.drop(one.identity, one.key) for one in before[_OWN_KEPT - 1 :]))

    def _own(self, key: Key, leaf: x509.Certificate, chain: str, status: str) -> Certificate:
        identity, use = key
        serial = hex_of(leaf.serial_number)
        return Certificate(
            identity=identity,
            key=f"{'station' if use == self.uses[0] else use}:{serial}",
            use=use,
            hash_data={},
            serial_number=serial,
            subject=leaf.subject.rfc4514_string(),
            not_after=leaf.not_valid_after_utc.timestamp(),
            status=status,
            at=self.clock.now(),
            pem=chain,
        )

    # --- the operation ----------------------------------------------------------------------------------------------

    async def renewed(self, session: SessionView, use: str, trigger: tuple[str, str], seconds: float) -> dict[str, Any]:
        """Have the station ask for a new certificate of its own, and see that it gets it.

        `trigger`: the action and the requestedMessage that ask it.
        """
        action, message = trigger
        with self._renewals.waiting((session.identity, use)) as renewal:
            try:
                async with asyncio.timeout(seconds):
                    result = self.result_of(await session.call(action, {"requestedMessage": message}))
                    if result.get("status") != "Accepted":
                        return {"status": result.get("status")}
                    return {"status": "Accepted", **await renewal}
            except TimeoutError:
                raise OperationFailed(f"no new certificate within {seconds:g} seconds") from None
