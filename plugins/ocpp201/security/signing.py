"""The certificates of a station of 2.x (A02, A03): that of its connection to the CSMS, and those it shows to vehicles.

The latter are signed by another authority, `shared["authority.v2g"]`: the plugin `ocpp201.iso15118` has one for a
configured folder, and a stranger's plugin may put its own there. Without one they are answered Rejected.
"""

from typing import Any

from broker.api import Authority, Call, Direction, Reply, SessionView, Version, answer, operation, record
from plugins.ocpp201.device_model import number_of
from plugins.ocpp201.security.params import RenewCertificate
from plugins.ocpp201.versions import V2
from plugins.shared import certificate_signing as shared
from plugins.shared.certificate_hashes import readable
from plugins.shared.certificate_signing import LONGEST_CHAIN, Request
from plugins.shared.members import given
from plugins.shared.values import text, whole

STATION, V2G, V2G20 = "ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"
V2G_AUTHORITY = "authority.v2g"
"""The key in `shared` of who signs the certificates that stations show to vehicles (`broker.api.Authority`)."""
_TRIGGERS = {
    STATION: "SignChargingStationCertificate",
    V2G: "SignV2GCertificate",
    V2G20: "SignV2G20Certificate",
    "Combined": "SignCombinedCertificate",
}
_REASONS = {
    "limited": ("Unspecified", "it asks too often"),
    "refused": ("UnsupportedRequest", "nobody signs this certificate"),
    "unreadable": ("InvalidCSR", "this is no certificate request in PEM"),
}


class CertificateSigning(shared.CertificateSigning):
    """The part of `ocpp201.security` that gets stations their certificates."""

    uses = (STATION, V2G, V2G20)

    @answer(V2, "SignCertificate")
    def sign_certificate(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Accepted where it can be signed as far as anybody can see by now; the certificate follows by itself."""
        fault = self.take_request(session, call.payload)
        if not fault:
            return {"status": "Accepted"}
        reason, info = _REASONS[fault]
        return {"status": "Rejected", "statusInfo": {"reasonCode": reason, "additionalInfo": info}}

    @record(V2, "SignCertificate", direction=Direction.FROM_STATION, trylast=True)
    def start_signing(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Sign what this CSMS has accepted."""
        self.begin_signing(session, call.payload, reply)

    @record(V2, "CertificateSigned", direction=Direction.TO_STATION)
    async def keep_certificate(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has made of its new certificate."""
        await self.note_signed(session, call, reply)

    @operation("renew-certificate", V2)
    async def renew_certificate(self, session: SessionView, params: RenewCertificate) -> dict[str, Any]:
        """Have the station ask for a new certificate of its own, and see that it gets it."""
        use = params.certificateType if params.certificateType in self.uses else STATION
        trigger = ("TriggerMessage", _TRIGGERS[params.certificateType])
        return await self.renewed(session, use, trigger, params.timeout)

    # --- how 2.x differs --------------------------------------------------------------------------------------------

    def use_of(self, payload: dict[str, Any]) -> str:
        """Without a certificateType it is for the CSMS and for vehicles alike, and signed as the former."""
        return text(payload.get("certificateType")) or STATION

    def authority_for(self, use: str) -> Authority | None:
        """Stations and vehicles trust other roots."""
        if use == STATION:
            return super().authority_for(use)
        found: Authority | None = self.shared.get(V2G_AUTHORITY)
        return found

    def details_of(self, session: SessionView, payload: dict[str, Any]) -> dict[str, Any]:
        """The type as it was told, and of 2.1 the requestId and the root that is wanted (A02.FR.24 to 27)."""
        told: dict[str, Any] = {"certificateType": text(payload.get("certificateType"))}
        if session.version is Version.V21:
            told["requestId"] = whole(payload.get("requestId"))
            told["root"] = readable(payload.get("hashRootCertificate"))
        return given(told)

    def signed_payload(self, request: Request) -> dict[str, Any]:
        """With the type and the requestId of the request, where it had them (A02.FR.14, 2.1 A02.FR.25)."""
        echoed = {"certificateType": request.get("certificateType"), "requestId": request.get("requestId")}
        return {"certificateChain": request["chain"], **given(echoed)}

    async def ask_authority(self, authority: Authority, identity: str, request: Request) -> Any:
        """Under the root that the station wants, where the authority has a say in it (`sign_under`)."""
        sign_under = getattr(authority, "sign_under", None)
        if sign_under is not None and "root" in request:
            return await sign_under(identity, request["csr"], request["root"])
        return await authority.sign(identity, request["csr"])

    async def longest_chain(self, identity: str) -> int:
        """SecurityCtrlr.MaxCertificateChainSize, where the station has told it (A02.FR.16)."""
        found = await number_of(self.records, identity, "SecurityCtrlr", "MaxCertificateChainSize")
        return min(found, LONGEST_CHAIN) if found is not None and found > 0 else LONGEST_CHAIN
