"""Root certificates in stations (1.6 white paper M01 to M05): installed, listed, deleted, and what is known of them.

What a station lists is what counts: it names certificates in an algorithm of its choice, and DeleteCertificate has to
name them in the same words.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from broker.api import (
    BasePlugin,
    Call,
    Certificate,
    Change,
    Direction,
    OperationFailed,
    Reply,
    SessionView,
    operation,
    record,
)
from plugins.ocpp16.security_config import SecurityConfig
from plugins.ocpp16.security_params import DeleteCertificate, InstallCertificate, InstalledCertificates
from plugins.shared.certificate_hashes import (
    HashData,
    certificates_in,
    hash_data_of,
    key_of,
    readable,
    same_serial,
)
from plugins.shared.values import text

V16 = "ocpp1.6"
USES = ("CentralSystemRootCertificate", "ManufacturerRootCertificate")
LISTED, TAKEN = "Installed", "Accepted"
"""Of a certificate that the station has listed, and of one that it has taken and not listed since."""
_LONGEST_PEM = 5500
_MOST = 200  # of one station, as far as anybody listens
_INSTALL, _LIST, _DELETE = "InstallCertificate", "GetInstalledCertificateIds", "DeleteCertificate"


class RootCertificates(BasePlugin):
    """The part of `ocpp16.security` that manages root certificates."""

    config: SecurityConfig

    # --- what is recorded -------------------------------------------------------------------------------------------

    @record(V16, _INSTALL, direction=Direction.TO_STATION)
    async def keep_installed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A certificate that the station has taken, whoever has sent it."""
        status = _status(reply)
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
        known = await self._roots(session.identity)
        if not any(one.use == use and _named(one, data) for one in known) and len(known) < _MOST:
            self.records.later(self.records.certificates.put(self._row(session.identity, use, data, TAKEN, pem)))

    @record(V16, _LIST, direction=Direction.TO_STATION)
    async def keep_listed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What the station has of one type: that, and nothing else."""
        status, use = _status(reply), text(call.payload.get("certificateType"))
        if status not in ("Accepted", "NotFound") or use not in USES:
            return
        listed = _hash_data(reply)[:_MOST]
        known = [one for one in await self._roots(session.identity) if one.use == use]
        rows = [self._listed(session.identity, use, data, known) for data in listed]
        kept = {row.key for row in rows}
        book = self.records.certificates
        gone = [book.drop(one.identity, one.key) for one in known if one.key not in kept]
        self.records.later(*gone, *(book.put(row) for row in rows))

    @record(V16, _DELETE, direction=Direction.TO_STATION)
    async def keep_deleted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What the station has deleted, or never had."""
        data = readable(call.payload.get("certificateHashData"))
        if data is None or _status(reply) not in ("Accepted", "NotFound"):
            return
        gone = [one for one in await self._roots(session.identity) if _named(one, data)]
        book = self.records.certificates
        changes: list[Change] = [book.drop(one.identity, one.key) for one in gone]
        self.records.later(*changes)

    async def _roots(self, identity: str) -> list[Certificate]:
        return [one for one in await self.records.certificates.of(identity) if one.use in USES]

    def _listed(self, identity: str, use: str, data: HashData, known: Iterable[Certificate]) -> Certificate:
        """With the certificate itself where it was installed through here."""
        same = next((one for one in known if _named(one, data)), None)
        return self._row(identity, use, data, LISTED, same.pem if same is not None else None)

    def _row(self, identity: str, use: str, data: HashData, status: str, pem: str | None) -> Certificate:
        found = certificates_in(pem or "")
        return Certificate(
            identity=identity,
            key=f"{key_of(data)}:{use}",  # one certificate may be installed for both uses
            use=use,
            hash_data=data,
            serial_number=data["serialNumber"],
            subject=found[0].subject.rfc4514_string() if found else None,
            not_after=found[0].not_valid_after_utc.timestamp() if found else None,
            status=status,
            at=self.clock.now(),
            pem=pem,
        )

    # --- operations -------------------------------------------------------------------------------------------------

    @operation("install-certificate", V16)
    async def install_certificate(self, session: SessionView, params: InstallCertificate) -> dict[str, Any]:
        """Install a root certificate; for CentralSystemRootCertificate that of the broker's authority by default."""
        pem = params.certificate or await self._certificate(params)
        payload = {"certificateType": params.certificateType, "certificate": pem}
        result = self.result_of(await session.call(_INSTALL, payload))
        told: dict[str, Any] = {"status": result.get("status"), "certificateType": params.certificateType}
        data = hash_data_of(pem)
        return told if data is None else {**told, "certificateHashData": data}

    async def _certificate(self, params: InstallCertificate) -> str:
        if params.file is not None:
            return await asyncio.to_thread(self._read, params.file)
        if params.certificateType != USES[0]:
            raise OperationFailed("give the certificate, or a file")
        root = getattr(self.shared.get("authority") or self.context.authority, "root", None)
        pem: str | None = None if root is None else await root()
        if pem is None:
            raise OperationFailed("give the certificate: the authority has no root certificate to offer")
        return pem

    def _read(self, name: str) -> str:
        """A certificate of the configured folder and of nowhere else; never anything but certificates."""
        folder = self.config.certificates
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
        if len(pem) > _LONGEST_PEM:
            raise OperationFailed(f"{name} has {len(pem)} characters, OCPP takes {_LONGEST_PEM}")
        return pem

    @operation("installed-certificates", V16)
    async def installed_certificates(self, session: SessionView, params: InstalledCertificates) -> dict[str, Any]:
        """Ask which root certificates the station has: of one type, or of both one after the other."""
        uses = USES if params.certificateType is None else (params.certificateType,)
        statuses: dict[str, Any] = {}
        found: list[dict[str, Any]] = []
        for use in uses:
            reply = await session.call(_LIST, {"certificateType": use})
            statuses[use] = self.result_of(reply).get("status")
            found += [
                {"certificateType": use, "key": key_of(data), "certificateHashData": data} for data in _hash_data(reply)
            ]
        status = "Accepted" if "Accepted" in statuses.values() else statuses[uses[0]]
        return {"status": status, "statuses": statuses, "certificates": found}

    @operation("delete-certificate", V16)
    async def delete_certificate(self, session: SessionView, params: DeleteCertificate) -> dict[str, Any]:
        """Delete a root certificate, named by its hash data, or by the serial number or key of an installed one."""
        if params.certificateHashData is not None:
            data = params.certificateHashData.model_dump()
        else:
            data = await self._chosen(session, params)
        result = self.result_of(await session.call(_DELETE, {"certificateHashData": data}))
        return {"status": result.get("status"), "certificateHashData": data}

    async def _chosen(self, session: SessionView, params: DeleteCertificate) -> HashData:
        """In the station's own words: from what it has listed, else from what it lists now."""
        rows = await self._roots(session.identity)
        found = _matching((one.hash_data for one in rows if one.status == LISTED), params)
        if not found:
            listed = await self.installed_certificates(session, InstalledCertificates())
            found = _matching((one["certificateHashData"] for one in listed["certificates"]), params)
        if not found:
            raise OperationFailed("the station has no such certificate")
        if len(found) > 1:
            raise OperationFailed(f"several certificates fit: name one by its key, {', '.join(map(key_of, found))}")
        return found[0]


def _matching(listed: Iterable[HashData], params: DeleteCertificate) -> list[HashData]:
    """Each once; a certificate may be installed for both uses."""
    wanted, serial = params.key, params.serialNumber
    return list(
        {
            key_of(data): data
            for data in listed
            if (wanted is not None and _is_key(wanted, data))
            or (serial is not None and same_serial(data["serialNumber"], serial))
        }.values()
    )


def _is_key(key: str, data: HashData) -> bool:
    """With the use behind it, as in the records, or without."""
    return key.startswith(key_of(data)) and key.removeprefix(key_of(data)) in ("", *(f":{use}" for use in USES))


def _hash_data(reply: Reply) -> list[HashData]:
    """What a GetInstalledCertificateIds lists, as it is."""
    listed = reply.payload.get("certificateHashData") if reply.is_result else None
    found = (readable(one) for one in listed) if isinstance(listed, list) else ()
    return [data for data in found if data is not None]


def _status(reply: Reply) -> str:
    """The status of the station's answer, or the code of its error; empty where it has not answered."""
    return (text(reply.payload.get("status")) or "") if reply.is_result else reply.code


def _named(row: Certificate, data: HashData) -> bool:
    """Whether `data` names the certificate of this row, perhaps in another algorithm."""
    key = key_of(data)
    if key_of(row.hash_data) == key:
        return True
    own = hash_data_of(row.pem, data["hashAlgorithm"]) if row.pem else None
    return own is not None and key_of(own) == key
