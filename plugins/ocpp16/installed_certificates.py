"""Root certificates in 1.6 stations (white paper M01 to M05), which are listed one use at a time."""

from typing import Any

from broker.api import Call, Direction, Reply, SessionView, operation, record
from plugins.ocpp16.security_params import InstallCertificate, InstalledCertificates
from plugins.shared import installed_certificates as shared
from plugins.shared.certificate_hashes import readable
from plugins.shared.certificate_params import DeleteCertificate
from plugins.shared.installed_certificates import Listed, status_of
from plugins.shared.values import text

V16 = "ocpp1.6"
USES = ("CentralSystemRootCertificate", "ManufacturerRootCertificate")
_LONGEST_PEM = 5500


class RootCertificates(shared.InstalledCertificates):
    """The part of `ocpp16.security` that manages root certificates."""

    listed_uses = USES

    @record(V16, "InstallCertificate", direction=Direction.TO_STATION)
    async def keep_installed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """A certificate that the station has taken, whoever has sent it."""
        await self.note_installed(session, call, reply)

    @record(V16, "GetInstalledCertificateIds", direction=Direction.TO_STATION)
    async def keep_listed(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What the station has of one type."""
        use = text(call.payload.get("certificateType"))
        if status_of(reply) in ("Accepted", "NotFound") and use in USES:
            await self.note_listed(session.identity, (use,), _listed(use, reply))

    @record(V16, "DeleteCertificate", direction=Direction.TO_STATION)
    async def keep_deleted(self, session: SessionView, call: Call, reply: Reply) -> None:
        """What the station has deleted, or never had."""
        await self.note_deleted(session, call, reply)

    @operation("install-certificate", V16)
    async def install_certificate(self, session: SessionView, params: InstallCertificate) -> dict[str, Any]:
        """Install a root certificate; for CentralSystemRootCertificate that of the broker's authority by default."""
        return await self.install(session, params.certificateType, params, _LONGEST_PEM)

    @operation("installed-certificates", V16)
    async def installed_certificates(self, session: SessionView, params: InstalledCertificates) -> dict[str, Any]:
        """Ask which root certificates the station has: of one type, or of both one after the other."""
        uses = USES if params.certificateType is None else (params.certificateType,)
        statuses: dict[str, Any] = {}
        found: list[Listed] = []
        for use in uses:
            reply = await session.call("GetInstalledCertificateIds", {"certificateType": use})
            statuses[use] = self.result_of(reply).get("status")
            found += _listed(use, reply)
        status = "Accepted" if "Accepted" in statuses.values() else statuses[uses[0]]
        return {"status": status, "statuses": statuses, "certificates": [one.shown for one in found]}

    async def listed_now(self, session: SessionView) -> list[Listed]:
        """Both uses, one after the other."""
        found: list[Listed] = []
        for use in USES:
            reply = await session.call("GetInstalledCertificateIds", {"certificateType": use})
            self.result_of(reply)
            found += _listed(use, reply)
        return found

    @operation("delete-certificate", V16)
    async def delete_certificate(self, session: SessionView, params: DeleteCertificate) -> dict[str, Any]:
        """Delete a root certificate, named by its hash data, or by the serial number or key of an installed one."""
        return await self.delete(session, params)


def _listed(use: str, reply: Reply) -> list[Listed]:
    """What a GetInstalledCertificateIds lists, as it is."""
    listed = reply.payload.get("certificateHashData") if reply.is_result else None
    found = (readable(one) for one in listed) if isinstance(listed, list) else ()
    return [Listed(use, data) for data in found if data is not None]
