"""Certificates in stations (1.6 white paper M01 to M05; 2.x M03 to M05): installed, listed, deleted, and what is known.

What a station lists is what counts: it names certificates in an algorithm of its choice, and DeleteCertificate has to
name them in the same words.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from broker.api import BasePlugin, Call, Certificate, Change, OperationFailed, Reply, SessionView
from plugins.shared.certificate_hashes import HashData, certificates_in, hash_data_of, key_of, readable, same_serial
from plugins.shared.certificate_params import DeleteCertificate, ToInstall
from plugins.shared.security_options import CertificateOptions
from plugins.shared.values import text

LISTED, TAKEN = "Installed", "Accepted"
"""Of a certificate that the station has listed, and of one that it has taken and not listed since."""
MOST = 200
"""Certificates of one station, as far as anybody listens."""
CHILDREN = "childCertificateHashData"


class Listed(NamedTuple):
    """A certificate that a station lists."""

    use: str
    data: HashData
    children: tuple[HashData, ...] = ()
    """Its sub-CAs, where it is a chain (2.x)."""

    @property
    def shown(self) -> dict[str, Any]:
        """As operators see it."""
        found: dict[str, Any] = {"certificateType": self.use, "key": key_of(self.data)}
        return found | {"certificateHashData": self.data} | ({CHILDREN: list(self.children)} if self.children else {})


class InstalledCertificates(BasePlugin):
    """The part of a plugin that manages certificates in stations; a version adds its handlers and its uses."""

    config: CertificateOptions
    listed_uses: ClassVar[tuple[str, ...]]
    """What a station can list. The first is the root that stations trust for the CSMS."""

    # --- what is recorded -------------------------------------------------------------------------------------------

    async def note_installed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A certificate that the station has taken, whoever has sent it."""
        status = status_of(reply)
        if not status:
            return
        if status != "Accepted":
            self.log.warning("%s: a root certificate was not installed: %s", session.identity, status)
            return
        pem = text(call.payload.get("certificate")) or ""
        data = hash_data_of(pem)
        if data is None:
            self.log.info("%s: a root certificate was installed that cannot be read here", session.identity)
            return
        use = text(call.payload.get("certificateType")) or ""
        known = await self._installed(session.identity)
        if not any(one.use == use and named(one, data) for one in known) and len(known) < MOST:
            row = self._row(session.identity, Listed(use, data), TAKEN, pem)
            self.records.later(self.records.certificates.put(row))

    async def note_listed(self, identity: str, uses: Collection[str], listed: Iterable[Listed]) -> None:
        """What the station has for these uses: that, and nothing else."""
        known = [one for one in await self._installed(identity) if one.use in uses]
        rows = [self._listed(identity, one, known) for one in list(listed)[:MOST]]
        kept = {row.key for row in rows}
        book = self.records.certificates
        gone = [book.drop(one.identity, one.key) for one in known if one.key not in kept]
        self.records.later(*gone, *(book.put(row) for row in rows))

    async def note_deleted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What the station has deleted, or never had."""
        data = readable(call.payload.get("certificateHashData"))
        if data is None or status_of(reply) not in ("Accepted", "NotFound"):
            return
        gone = [one for one in await self._installed(session.identity) if named(one, data)]
        book = self.records.certificates
        changes: list[Change] = [book.drop(one.identity, one.key) for one in gone]
        self.records.later(*changes)

    async def _installed(self, identity: str) -> list[Certificate]:
        return [one for one in await self.records.certificates.of(identity) if one.use in self.listed_uses]

    def _listed(self, identity: str, listed: Listed, known: Iterable[Certificate]) -> Certificate:
        """With the certificate itself where it was installed through here."""
        same = next((one for one in known if named(one, listed.data)), None)
        return self._row(identity, listed, LISTED, same.pem if same is not None else None)

    def _row(self, identity: str, listed: Listed, status: str, pem: str | None) -> Certificate:
        found = certificates_in(pem or "")
        children: dict[str, Any] = {CHILDREN: list(listed.children)} if listed.children else {}
        return Certificate(
            identity=identity,
            key=f"{key_of(listed.data)}:{listed.use}",  # one certificate may be installed for several uses
            use=listed.use,
            hash_data={**listed.data, **children},
            serial_number=listed.data["serialNumber"],
            subject=found[0].subject.rfc4514_string() if found else None,
            not_after=found[0].not_valid_after_utc.timestamp() if found else None,
            status=status,
            at=self.clock.now(),
            pem=pem,
        )

    # --- operations -------------------------------------------------------------------------------------------------

    async def install(self, session: SessionView, use: str, params: ToInstall, longest: int) -> dict[str, Any]:
        """Install the certificate of the parameters for that use."""
        pem = params.certificate or await self._certificate(use, params.file, longest)
        payload = {"certificateType": use, "certificate": pem}
        result = self.result_of(await session.call("InstallCertificate", payload))
        told: dict[str, Any] = {"status": result.get("status"), "certificateType": use}
        data = hash_data_of(pem)
        return told if data is None else {**told, "certificateHashData": data}

    async def own_root(self, use: str) -> str | None:
        """The root that is installed where none is given; a version may have more than that of the authority."""
        if use != self.listed_uses[0]:
            raise OperationFailed("give the certificate, or a file")
        return await root_of(self.shared.get("authority") or self.context.authority)

    async def _certificate(self, use: str, file: str | None, longest: int) -> str:
        if file is not None:
            return await asyncio.to_thread(_read, self.config.certificates, file, longest)
        pem = await self.own_root(use)
        if pem is None:
            raise OperationFailed("give the certificate: the authority has no root certificate to offer")
        return pem

    @abstractmethod
    async def listed_now(self, session: SessionView) -> list[Listed]:
        """Ask the station which certificates it has, of all uses."""

    async def delete(self, session: SessionView, params: DeleteCertificate) -> dict[str, Any]:
        """Delete one, named by its hash data, or by the serial number or key of an installed one."""
        if params.certificateHashData is not None:
            data = params.certificateHashData.model_dump()
        else:
            data = await self._chosen(session, params)
        result = self.result_of(await session.call("DeleteCertificate", {"certificateHashData": data}))
        return {"status": result.get("status"), "certificateHashData": data}

    async def _chosen(self, session: SessionView, params: DeleteCertificate) -> HashData:
        """In the station's own words: from what it has listed, else from what it lists now."""
        rows = [one for one in await self._installed(session.identity) if one.status == LISTED]
        found = self._matching((readable(one.hash_data) for one in rows), params)
        if not found:
            found = self._matching((one.data for one in await self.listed_now(session)), params)
        if not found:
            raise OperationFailed("the station has no such certificate")
        if len(found) > 1:
            raise OperationFailed(f"several certificates fit: name one by its key, {', '.join(map(key_of, found))}")
        return found[0]

    def _matching(self, listed: Iterable[HashData | None], params: DeleteCertificate) -> list[HashData]:
        """Each once; a certificate may be installed for several uses."""
        wanted, serial = params.key, params.serialNumber
        return list(
            {
                key_of(data): data
                for data in listed
                if data is not None
                and (
                    (wanted is not None and self._is_key(wanted, data))
                    or (serial is not None and same_serial(data["serialNumber"], serial))
                )
            }.values()
        )

    def _is_key(self, key: str, data: HashData) -> bool:
        """With the use behind it, as in the records, or without."""
        own = key_of(data)
        return key.startswith(own) and key.removeprefix(own) in ("", *(f":{use}" for use in self.listed_uses))


async def root_of(authority: Any) -> str | None:
    """The root certificate of an authority; a plugin's may have none to offer."""
    root = getattr(authority, "root", None)
    pem: str | None = None if root is None else await root()
    return pem


def status_of(reply: Reply) -> str:
    """The status of the station's answer, or the code of its error; empty where it has not answered."""
    return (text(reply.payload.get("status")) or "") if reply.is_result else reply.code


def named(row: Certificate, data: HashData) -> bool:
    """Whether `data` names the certificate of this row, perhaps in another algorithm."""
    key = key_of(data)
    if key_of(row.hash_data) == key:
        return True
    own = hash_data_of(row.pem, data["hashAlgorithm"]) if row.pem else None
    return own is not None and key_of(own) == key


def _read(folder: Path | None, name: str, longest: int) -> str:
    """A certificate of the configured folder and of nowhere else; never anything but certificates."""
    if folder is None:
        raise OperationFailed("no folder of certificates is configured: the option certificates")
    if Path(name).name != name or name in (".", ".."):
        raise OperationFailed("a file is a name in the folder of certificates, without a path")
    try:
        pem = (folder / name).read_text(encoding="ascii")
    except (OSError, ValueError):
        raise OperationFailed(f"the folder of certificates has no readable file {name}") from None
    if not certificates_in(pem) or "PRIVATE KEY" in pem:
        raise OperationFailed(f"{name} holds no certificate in PEM, or more than that")
    if len(pem) > longest:
        raise OperationFailed(f"{name} has {len(pem)} characters, OCPP takes {longest}")
    return pem
