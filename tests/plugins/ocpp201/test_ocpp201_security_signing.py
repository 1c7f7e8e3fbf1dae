"""SignCertificate for both uses, CertificateSigned, and renewals (A02, A03)."""

import asyncio

import pytest
from ocpp201_pki_kit import hash_data, make, pki
from ocpp201_security_kit import (
    BOTH,
    V21,
    V201,
    Ca,
    counted,
    csr,
    failed,
    held,
    plugin,
    said,
    security,
    signed,
    until,
)

from broker.api import CallTimeout, Direction, OperationFailed, StationRefused, Variable

STATION, V2G, V2G20 = "ChargingStationCertificate", "V2GCertificate", "V2G20Certificate"


@pytest.fixture
def station_ca():
    return Ca(make("CP001"))


@pytest.fixture
def v2g_ca():
    return Ca(make("SECC1"))


async def ask(h, version, request, **more):
    return (await h.call(version, "SignCertificate", {"csr": request, **more})).payload


@pytest.mark.parametrize("version", BOTH)
async def test_a_certificate_of_the_connection_follows_by_itself(version, station_ca, v2g_ca):
    async with security(station_ca, v2g_ca) as h:
        h.session(version).replies["CertificateSigned"] = said("Accepted")
        request = csr()
        assert await ask(h, version, request, certificateType=STATION) == {"status": "Accepted"}
        await until(lambda: counted(h, "certificate_requests", outcome="accepted"))
        assert signed(h, version) == [{"certificateChain": station_ca.made.pem, "certificateType": STATION}]
        assert (station_ca.asked, v2g_ca.asked) == ([("CP001", request)], [])
        (row,) = await held(h, STATION)
        assert (row.key, row.status) == (f"station:{station_ca.made.serial:x}", "Accepted")
        assert counted(h, "certificate_requests", outcome="accepted") == 1


@pytest.mark.parametrize(("version", "use"), [(V201, V2G), (V21, V2G), (V21, V2G20)])
async def test_a_certificate_for_vehicles_is_signed_by_the_other_authority(version, use, station_ca, v2g_ca):
    async with security(station_ca, v2g_ca) as h:
        h.session(version).replies["CertificateSigned"] = said("Accepted")
        assert await ask(h, version, csr("SECC1"), certificateType=use) == {"status": "Accepted"}
        await until(lambda: counted(h, "certificate_requests", outcome="accepted"))
        assert signed(h, version) == [{"certificateChain": v2g_ca.made.pem, "certificateType": use}]
        assert station_ca.asked == []
        (row,) = await held(h, use)
        assert row.key == f"{use}:{v2g_ca.made.serial:x}"


async def test_one_for_both_connections_is_signed_as_the_station_s(station_ca, v2g_ca):
    """Without a certificateType, which then is not in CertificateSigned either."""
    async with security(station_ca, v2g_ca) as h:
        h.session(V201).replies["CertificateSigned"] = said("Accepted")
        await ask(h, V201, csr())
        await until(lambda: counted(h, "certificate_requests", outcome="accepted"))
        assert signed(h, V201) == [{"certificateChain": station_ca.made.pem}]
        assert len(await held(h, STATION)) == 1


async def test_the_request_id_of_2_1_comes_back(station_ca):
    async with security(station_ca) as h:
        await ask(h, V21, csr(), certificateType=STATION, requestId=77)
        await until(lambda: signed(h, V21))
        assert signed(h, V21)[0]["requestId"] == 77


async def test_2_0_1_has_no_request_id(station_ca):
    async with security(station_ca) as h:
        await ask(h, V201, csr(), requestId=77, hashRootCertificate={"x": 1})
        await until(lambda: signed(h, V201))
        assert signed(h, V201) == [{"certificateChain": station_ca.made.pem}]


async def test_the_same_request_again_is_answered_under_its_newest_number(station_ca):
    """2.1 A02.FR.26: a station takes no certificate with another requestId than its last one."""
    station_ca.gate = asyncio.Event()
    async with security(station_ca) as h:
        request = csr()
        for number in (1, 2, 3):
            assert await ask(h, V21, request, requestId=number) == {"status": "Accepted"}
        station_ca.gate.set()
        await until(lambda: signed(h, V21))
        assert [payload["requestId"] for payload in signed(h, V21)] == [3]
        assert len(station_ca.asked) == 1


async def test_both_uses_are_signed_at_once(station_ca, v2g_ca):
    station_ca.gate, v2g_ca.gate = asyncio.Event(), asyncio.Event()
    async with security(station_ca, v2g_ca) as h:
        assert await ask(h, V201, csr(), certificateType=STATION) == {"status": "Accepted"}
        assert await ask(h, V201, csr(), certificateType=V2G) == {"status": "Accepted"}
        assert (await ask(h, V201, csr(), certificateType=V2G))["status"] == "Rejected"
        station_ca.gate.set()
        v2g_ca.gate.set()
        await until(lambda: len(signed(h, V201)) == 2)


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"csr": "x"}, "InvalidCSR"),
        ({"csr": "x", "certificateType": V2G}, "UnsupportedRequest"),
        ({"csr": csr(), "certificateType": V2G20}, "UnsupportedRequest"),
    ],
)
async def test_what_cannot_be_signed_is_rejected_with_a_reason(station_ca, payload, reason):
    async with security(station_ca) as h:
        reply = (await h.call(V21, "SignCertificate", payload)).payload
        assert (reply["status"], reply["statusInfo"]["reasonCode"]) == ("Rejected", reason)
        assert station_ca.asked == []


@pytest.mark.parametrize(
    "payload", [{}, {"csr": 5}, {"csr": None, "certificateType": []}, {"certificateType": "Other"}]
)
async def test_a_station_may_send_anything(station_ca, payload):
    async with security(station_ca) as h:
        assert (await h.call(V21, "SignCertificate", payload)).payload["status"] == "Rejected"


async def test_without_any_authority_nothing_is_signed():
    async with security() as h:
        assert (await ask(h, V201, csr()))["statusInfo"]["reasonCode"] == "UnsupportedRequest"
        assert counted(h, "certificate_requests", outcome="refused") == 1


async def test_a_second_request_comes_too_soon(station_ca):
    async with security(station_ca, sign_interval=30) as h:
        h.session(V201).replies["CertificateSigned"] = said("Accepted")
        await ask(h, V201, csr())
        await until(lambda: signed(h, V201) and not plugin(h)._jobs)
        assert (await ask(h, V201, csr()))["statusInfo"]["additionalInfo"] == "it asks too often"
        h.clock.advance(30)
        assert await ask(h, V201, csr()) == {"status": "Accepted"}


@pytest.mark.parametrize(("told", "refused"), [("10", True), ("0", False), ("x", False), ("100000", False)])
async def test_a_chain_is_not_longer_than_the_station_says_it_takes(station_ca, told, refused):
    async with security(station_ca) as h:
        size = Variable(
            identity="CP001",
            component="SecurityCtrlr",
            variable="MaxCertificateChainSize",
            attribute="Actual",
            value=told,
        )
        await h.records.commit(h.records.variables.put(size))
        await ask(h, V201, csr())
        await until(lambda: signed(h, V201) or counted(h, "certificate_requests", outcome="refused"))
        assert (signed(h, V201) == []) is refused


async def test_a_root_that_is_wanted_is_told_to_who_can_choose(v2g_ca):
    wanted = hash_data(pki().root, None)
    wanted.pop("responderURL")
    heard = []

    class Choosing(Ca):
        async def sign_under(self, identity, request, root):
            heard.append(root)
            return await self.sign(identity, request)

    async with security(v2g=Choosing(make("SECC1"))) as h:
        await ask(h, V21, csr(), certificateType=V2G, hashRootCertificate=wanted)
        await until(lambda: signed(h, V21))
        assert heard == [wanted]
        h.clock.advance(60)
        await until(lambda: not plugin(h)._jobs)
        await ask(h, V21, csr(), certificateType=V2G)
        await until(lambda: len(signed(h, V21)) == 2)
        assert heard == [wanted]


async def test_an_authority_that_has_gone_meanwhile_is_a_refusal(station_ca, v2g_ca):
    class Goes(Ca):
        async def sign(self, identity, request):
            del shared["authority.v2g"]
            raise OSError

    async with security(v2g=Goes(make("SECC1"))) as h:
        shared = plugin(h).shared
        h.session(V201).replies["CertificateSigned"] = said("Accepted")
        await ask(h, V201, csr(), certificateType=V2G)
        await until(lambda: counted(h, "certificate_requests", outcome="failed"))
        assert signed(h, V201) == []


async def test_what_an_upstream_has_signed_is_recorded(station_ca):
    async with security() as h:
        for use, name in ((STATION, "CP001"), (V2G, "SECC1"), ("Other", "x")):
            payload = {"certificateChain": make(name).pem, "certificateType": use}
            await h.reply(V201, "CertificateSigned", payload, said("Accepted"), direction=Direction.TO_STATION)
        rows = await h.records.certificates.of("CP001")
        assert sorted((row.use, row.subject) for row in rows) == [(STATION, "CN=CP001"), (V2G, "CN=SECC1")]


async def test_what_an_upstream_has_accepted_is_its_own_to_sign(station_ca):
    async with security(station_ca) as h:
        h.session(V201).answers = "main"
        await h.reply(V201, "SignCertificate", {"csr": csr()}, said("Accepted"))
        assert plugin(h)._jobs == {}


# --- renewals ---------------------------------------------------------------------------------------------------------


def asks(h, version, **payload):
    """The station sends a request once it is triggered."""
    triggered = []

    def accepted(given):
        triggered.append(given)
        h.task = asyncio.get_running_loop().create_task(h.call(version, "SignCertificate", {"csr": csr(), **payload}))
        return said("Accepted")

    h.session(version).replies["TriggerMessage"] = accepted
    return triggered


@pytest.mark.parametrize(
    ("version", "use", "trigger", "told"),
    [
        (V201, STATION, "SignChargingStationCertificate", {"certificateType": STATION}),
        (V201, STATION, "SignChargingStationCertificate", {}),
        (V201, V2G, "SignV2GCertificate", {"certificateType": V2G}),
        (V201, "Combined", "SignCombinedCertificate", {}),
        (V21, V2G20, "SignV2G20Certificate", {"certificateType": V2G20, "requestId": 9}),
    ],
)
@pytest.mark.parametrize("status", ["Accepted", "Rejected"])
async def test_a_renewal_waits_for_the_whole_round(version, use, trigger, told, status, station_ca, v2g_ca):
    """Certification A_11, A_12, A_14."""
    async with security(station_ca, v2g_ca) as h:
        h.session(version).replies["CertificateSigned"] = said(status)
        triggered = asks(h, version, **told)
        result = await h.operate(version, "renew-certificate", {"certificateType": use})
        made = (station_ca if use in (STATION, "Combined") else v2g_ca).made
        assert (result["status"], result["certificateSigned"]) == ("Accepted", status)
        assert result["serialNumber"] == f"{made.serial:x}"
        assert triggered == [{"requestedMessage": trigger}]


@pytest.mark.parametrize("status", ["Rejected", "NotImplemented"])
async def test_a_trigger_that_is_not_accepted_ends_it(status):
    async with security() as h:
        h.session(V201).replies["TriggerMessage"] = said(status)
        assert await h.operate(V201, "renew-certificate") == {"status": status}


async def test_a_renewal_says_what_went_wrong(station_ca):
    async with security(station_ca) as h:
        h.session(V201).replies["CertificateSigned"] = failed("InternalError", "no room")
        asks(h, V201)
        with pytest.raises(StationRefused, match="no room"):
            await h.operate(V201, "renew-certificate")
        station_ca.refuses = "no more"
        asks(h, V201)
        with pytest.raises(OperationFailed, match="no more"):
            await h.operate(V201, "renew-certificate")
        station_ca.refuses = ""

        def silent(payload):
            raise CallTimeout("no answer")

        h.session(V201).replies["CertificateSigned"] = silent
        asks(h, V201)
        with pytest.raises(OperationFailed, match="no answer"):
            await h.operate(V201, "renew-certificate")


async def test_two_uses_are_renewed_at_once_and_one_use_once(v2g_ca):
    async with security(v2g=v2g_ca) as h:
        h.session(V201).replies["TriggerMessage"] = said("Accepted")
        first = asyncio.create_task(h.operate(V201, "renew-certificate", {"timeout": 0.1}))
        await until(lambda: len(plugin(h)._renewals) == 1)
        with pytest.raises(OperationFailed, match="already"):
            await h.operate(V201, "renew-certificate")
        with pytest.raises(OperationFailed, match="within"):
            await h.operate(V201, "renew-certificate", {"certificateType": V2G, "timeout": 0.05})
        with pytest.raises(OperationFailed, match="within"):
            await first
