"""A 1.6 station's own certificate (white paper A02, A03): SignCertificate and CertificateSigned."""

from typing import Any

from broker.api import Call, Direction, Reply, SessionView, answer, operation, record
from plugins.ocpp16.security_params import RenewCertificate
from plugins.shared import certificate_signing as shared

V16 = "ocpp1.6"
USE = "ChargePointCertificate"
_TRIGGER = ("ExtendedTriggerMessage", "SignChargePointCertificate")


class CertificateSigning(shared.CertificateSigning):
    """The part of `ocpp16.security` that gets stations their certificates."""

    uses = (USE,)

    @answer(V16, "SignCertificate")
    def sign_certificate(self, session: SessionView, call: Call) -> dict[str, Any]:
        """Accepted where it can be signed as far as anybody can see by now; the certificate follows by itself."""
        return {"status": "Rejected" if self.take_request(session, call.payload) else "Accepted"}

    @record(V16, "SignCertificate", direction=Direction.FROM_STATION, trylast=True)
    def start_signing(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Sign what this CSMS has accepted."""
        self.begin_signing(session, call.payload, reply)

    @record(V16, "CertificateSigned", direction=Direction.TO_STATION)
    async def keep_certificate(self, session: SessionView, call: Call, reply: Reply) -> None:
        """Keep what the station has made of its new certificate."""
        await self.note_signed(session, call, reply)

    @operation("renew-certificate", V16)
    async def renew_certificate(self, session: SessionView, params: RenewCertificate) -> dict[str, Any]:
        """Have the station ask for a new certificate of its own, and see that it gets it."""
        return await self.renewed(session, USE, _TRIGGER, params.timeout)
