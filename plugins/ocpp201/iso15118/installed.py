"""Certificates in stations of 2.x (M03 to M05): roots, and V2G certificates with their sub-CAs."""

from typing import Any

from broker.api import Call, Direction, Reply, SessionView, Version, operation, record
from plugins.ocpp201.iso15118.params import InstallCertificate, InstalledCertificates
from plugins.ocpp201.versions import V2
from plugins.shared import installed_certificates as shared
from plugins.shared.certificate_hashes import readable
from plugins.shared.certificate_params import DeleteCertificate
from plugins.shared.installed_certificates import Listed, root_of, status_of
from plugins.shared.values import text

V2G_AUTHORITY = "authority.v2g"
USES = (
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "V2GRootCertificate",
    "MORootCertificate",
    "OEMRootCertificate",
    "V2GCertificateChain",
)
_LONGEST_PEM = {Version.V201: 5500, Version.V21: 10_000}
_MOST_CHILDREN = 4


class Installed(shared.InstalledCertificates):
    """The part of `ocpp201.iso15118` that manages certificates in stations."""

    listed_uses = USES

    @record(V2, "InstallCertificate", direction=Direction.TO_STATION)
    async def keep_installed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A certificate that the station has taken, whoever has sent it."""
        await self.note_installed(session, call, reply)

    @record(V2, "GetInstalledCertificateIds", direction=Direction.TO_STATION)
    async def keep_listed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What the station has for the uses that it was asked for; NotFound: nothing."""
        if status_of(reply) not in ("Accepted", "NotFound"):
            return
        asked = call.payload.get("certificateType")
        uses = USES if asked is None else tuple(use for use in USES if use in _texts(asked))
        found = [one for one in listed(reply) if one.use in uses]
        await self.note_listed(session.identity, uses, found)

    @record(V2, "DeleteCertificate", direction=Direction.TO_STATION)
    async def keep_deleted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What the station has deleted, or never had; a V2G certificate goes with its sub-CAs (M04.FR.08)."""
        await self.note_deleted(session, call, reply)

    @operation("install-certificate", V2)
    async def install_certificate(self, session: SessionView, params: InstallCertificate) -> dict[str, Any]:
        """Install a root certificate; for CSMSRootCertificate that of the broker's authority by default."""
        longest = _LONGEST_PEM.get(session.version, 5500)
        return await self.install(session, params.certificateType, params, longest)

    @operation("installed-certificates", V2)
    async def installed_certificates(self, session: SessionView, params: InstalledCertificates) -> dict[str, Any]:
        """Ask which certificates the station has: of some types, or of all."""
        payload = {} if params.certificateType is None else {"certificateType": params.certificateType}
        reply = await session.call("GetInstalledCertificateIds", payload)
        status = self.result_of(reply).get("status")
        return {"status": status, "certificates": [one.shown for one in listed(reply)]}

    @operation("delete-certificate", V2)
    async def delete_certificate(self, session: SessionView, params: DeleteCertificate) -> dict[str, Any]:
        """Delete a certificate, named by its hash data, or by the serial number or key of an installed one."""
        return await self.delete(session, params)

    async def listed_now(self, session: SessionView) -> list[Listed]:
        """All types at once."""
        reply = await session.call("GetInstalledCertificateIds", {})
        self.result_of(reply)
        return listed(reply)

    async def own_root(self, use: str) -> str | None:
        """That of the CSMS, and that of the V2G authority."""
        if use == "V2GRootCertificate":
            return await root_of(self.shared.get(V2G_AUTHORITY))
        return await super().own_root(use)


def listed(reply: Reply) -> list[Listed]:
    """What a GetInstalledCertificateIds lists, as it is; what cannot be read is left out."""
    chains = reply.payload.get("certificateHashDataChain") if reply.is_result else None
    found = []
    for chain in chains if isinstance(chains, list) else ():
        use, data = (
            (text(chain.get("certificateType")), readable(chain.get("certificateHashData")))
            if isinstance(chain, dict)
            else (None, None)
        )
        if use and data is not None:
            children = chain.get("childCertificateHashData")
            some = children[:_MOST_CHILDREN] if isinstance(children, list) else []
            found.append(Listed(use, data, tuple(one for child in some if (one := readable(child)) is not None)))
    return found


def _texts(value: Any) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()
