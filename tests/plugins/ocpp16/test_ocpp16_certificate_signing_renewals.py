"""`renew-certificate`: the whole round from the trigger to the station's answer."""

import asyncio

import pytest
from cryptography import x509
from security_kit import V16, Ca, ask, failed, jobs, outcomes, own, plugin, request, said, security, until

from broker.api import CallTimeout, Direction, OperationFailed, StationRefused

TRIGGERED = {"requestedMessage": "SignChargePointCertificate"}


@pytest.fixture
def ca(tmp_path):
    return Ca(tmp_path / "pki")


def asks(h, *csrs):
    """The station sends these requests once it is triggered."""

    async def send():
        for csr in csrs:
            await ask(h, csr)

    def triggered(payload):
        assert payload == TRIGGERED
        h.tasks = asyncio.get_running_loop().create_task(send())
        return said("Accepted")

    h.session(V16).replies["ExtendedTriggerMessage"] = triggered


async def test_a_renewal_waits_for_the_whole_round(ca):
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        asks(h, request())
        result = await h.operate(V16, "renew-certificate")
        (row,) = await own(h)
        assert result == {
            "status": "Accepted",
            "certificateSigned": "Accepted",
            "serialNumber": row.serial_number,
            "notAfter": result["notAfter"],
        }
        leaf = x509.load_pem_x509_certificate(row.pem.encode())
        assert result["notAfter"] == leaf.not_valid_after_utc.isoformat().replace("+00:00", "Z")
        assert [action for action, _ in h.session(V16).sent] == ["ExtendedTriggerMessage", "CertificateSigned"]


async def test_a_renewal_tells_that_the_station_rejects_its_certificate(ca):
    """Certification, TC_077."""
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Rejected")
        asks(h, request())
        result = await h.operate(V16, "renew-certificate")
        assert (result["status"], result["certificateSigned"]) == ("Accepted", "Rejected")


@pytest.mark.parametrize("status", ["Rejected", "NotImplemented"])
async def test_a_trigger_that_is_not_accepted_ends_it(ca, status):
    async with security(ca) as h:
        h.session(V16).replies["ExtendedTriggerMessage"] = said(status)
        assert await h.operate(V16, "renew-certificate") == {"status": status}


async def test_a_renewal_without_a_request_ends_in_time(ca):
    async with security(ca) as h:
        h.session(V16).replies["ExtendedTriggerMessage"] = said("Accepted")
        with pytest.raises(OperationFailed, match=r"within 0\.05 seconds"):
            await h.operate(V16, "renew-certificate", {"timeout": 0.05})
        assert len(plugin(h)._renewals) == 0


async def test_a_renewal_says_why_the_authority_refuses(ca):
    async with security(ca) as h:
        asks(h, request("CP002"))
        with pytest.raises(OperationFailed, match="CN=CP002"):
            await h.operate(V16, "renew-certificate")


async def test_a_renewal_says_that_the_request_was_rejected(ca):
    async with security(ca) as h:
        asks(h, "garbage")
        with pytest.raises(OperationFailed, match="not answered Accepted"):
            await h.operate(V16, "renew-certificate")


async def test_a_renewal_says_that_the_station_has_not_answered(ca):
    def silent(payload):
        raise CallTimeout("no answer")

    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = silent
        asks(h, request())
        with pytest.raises(OperationFailed, match="no answer"):
            await h.operate(V16, "renew-certificate")


async def test_a_renewal_passes_on_the_station_s_error(ca):
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = failed("InternalError", "no room")
        asks(h, request())
        with pytest.raises(StationRefused, match="InternalError: no room"):
            await h.operate(V16, "renew-certificate")


async def test_a_renewal_does_not_wait_for_the_interval(ca):
    async with security(ca) as h:
        h.session(V16).replies["CertificateSigned"] = said("Accepted")
        await ask(h, request())
        await until(lambda: outcomes(h) and not jobs(h))
        asks(h, request())
        assert (await h.operate(V16, "renew-certificate"))["certificateSigned"] == "Accepted"


async def test_a_station_is_renewed_once_at_a_time(ca):
    async with security(ca) as h:
        h.session(V16).replies["ExtendedTriggerMessage"] = said("Accepted")
        first = asyncio.create_task(h.operate(V16, "renew-certificate", {"timeout": 0.1}))
        await until(lambda: h.session(V16).sent)
        with pytest.raises(OperationFailed, match="already"):
            await h.operate(V16, "renew-certificate")
        with pytest.raises(OperationFailed, match="within"):
            await first


async def test_a_renewal_that_an_upstream_s_authority_does_is_told_too(ca):
    async with security(ca) as h:
        chain = await ca.sign("CP001", request())
        h.session(V16).replies["ExtendedTriggerMessage"] = said("Accepted")
        renewal = asyncio.create_task(h.operate(V16, "renew-certificate"))
        await until(lambda: h.session(V16).sent)
        payload = {"certificateChain": chain}
        await h.reply(V16, "CertificateSigned", payload, said("Accepted"), direction=Direction.TO_STATION)
        assert (await renewal)["certificateSigned"] == "Accepted"
