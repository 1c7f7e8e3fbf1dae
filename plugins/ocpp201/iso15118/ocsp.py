"""The status of certificates, asked from OCSP responders, or read in revocation lists: `shared["ocpp201.ocsp"]`."""

import asyncio
import itertools
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from cryptography import x509

from broker.api import Clock
from plugins.ocpp201.iso15118 import contract_chain, ocsp_response, revocation_list
from plugins.ocpp201.iso15118.cert_id import CertId, cert_id, told
from plugins.ocpp201.iso15118.config import OcspConfig
from plugins.ocpp201.iso15118.contract_chain import Source
from plugins.ocpp201.iso15118.ocsp_response import OcspAnswer, failed
from plugins.shared.certificate_store import CertificateStore
from plugins.shared.public_web import FetchFailed, PublicWeb
from plugins.shared.values import text

REQUEST = "application/ocsp-request"
_LARGEST = 65_536
_LONGEST_KEPT = 7 * 86_400.0
_PATIENCE = 15.0
"""Seconds for all sources of one certificate."""
_MOST = 4  # a chain has no more (iso15118CertificateHashData)

Trusted = Sequence[x509.Certificate]
Key = tuple[CertId, Source]


class Ocsp:
    """Asks responders, and remembers what they have said until it is time to ask again."""

    def __init__(
        self, config: OcspConfig, web: PublicWeb, store: CertificateStore, clock: Clock, count: Callable[[str], None]
    ) -> None:
        """`count` is told the status of every answer."""
        self._config = config
        self._web = web
        self._store = store
        self._clock = clock
        self._count = count
        self._known: OrderedDict[Key, OcspAnswer] = OrderedDict()

    async def status(self, hash_data: Sequence[Any]) -> list[OcspAnswer]:
        """The answer for each of these OCSPRequestDataType, in their order (M06, C07)."""
        urls = (text(data.get("responderURL")) if isinstance(data, dict) else None for data in hash_data)
        return await self.status_at(
            [(data, [("OCSP", url)] if url else []) for data, url in zip(hash_data, urls, strict=True)]
        )

    async def status_at(self, asked: Sequence[tuple[Any, Sequence[Source]]]) -> list[OcspAnswer]:
        """The same for CertificateHashDataType, with where to ask for each (2.1 M07)."""
        trusted = await self._store.certificates()
        some = [self._first(told(data), sources, trusted) for data, sources in asked[:_MOST]]
        return [*await asyncio.gather(*some), *(failed("too many at once") for _ in asked[_MOST:])]

    async def chain(self, pem: str) -> str:
        """The AuthorizeCertificateStatus of a contract certificate with its sub-CAs, PEM (C07.FR.06).

        Up to a configured root; whatever names a responder or a revocation list must be good there.
        """
        trusted = await self._store.certificates()
        path = contract_chain.path(pem, trusted, self._clock.now())
        if isinstance(path, str):
            return path
        asked = [
            (cert_id(one, issuer), sources)
            for one, issuer in itertools.pairwise(path)
            if (sources := contract_chain.sources_of(one))
        ]
        answers = await asyncio.gather(*(self._first(one, sources, [*path, *trusted]) for one, sources in asked))
        statuses = {answer.status for answer in answers}
        if "revoked" in statuses:
            return "CertificateRevoked"
        return "Accepted" if statuses <= {"good"} else contract_chain.CHAIN_ERROR

    async def _first(self, wanted: CertId | None, sources: Sequence[Source], trusted: Trusted) -> OcspAnswer:
        """From the first source that has an answer; a station, and perhaps a vehicle, waits for it."""
        answer = failed("it names no certificate, or nobody to ask")
        try:
            async with asyncio.timeout(_PATIENCE):
                if wanted is not None:
                    answer = await self._ask_in_turn(wanted, sources, trusted, answer)
        except TimeoutError:
            answer = failed("no answer in time")
        self._count(answer.status)
        return answer

    async def _ask_in_turn(
        self, wanted: CertId, sources: Sequence[Source], trusted: Trusted, answer: OcspAnswer
    ) -> OcspAnswer:
        for source in sources:
            answer = await self._ask(wanted, source, trusted)
            if answer.status != "failed":
                break
        return answer

    async def _ask(self, wanted: CertId, source: Source, trusted: Trusted) -> OcspAnswer:
        """From one source. It is remembered by the source too: what one says that a station has named, only that one
        has said."""
        key, now = (wanted, source), self._clock.now()
        known = self._known.get(key)
        if known is not None and known.next_update is not None and now < known.next_update:
            return known
        kind, url = source
        known_issuer = self._config.known_issuers_only
        try:
            if kind == "CRL":
                data = await self._web.fetch(url, limit=revocation_list.LARGEST)
                answer = revocation_list.read(data, wanted, trusted=trusted, now=now, known_issuer=known_issuer)
            else:
                data = await self._web.fetch(url, body=wanted.request(), kind=REQUEST, limit=_LARGEST)
                answer = ocsp_response.read(data, wanted, trusted=trusted, now=now, known_issuer=known_issuer)
        except FetchFailed as error:
            return failed(str(error))
        self._keep(key, answer)
        return answer

    def _keep(self, key: Key, answer: OcspAnswer) -> None:
        self._known.pop(key, None)
        if answer.next_update is None:
            return
        until = min(answer.next_update, self._clock.now() + _LONGEST_KEPT)
        self._known[key] = answer._replace(next_update=until)
        while len(self._known) > self._config.remembered:
            self._known.popitem(last=False)
