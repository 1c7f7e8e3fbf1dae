"""Certificates over real sockets: a station's own by the whole round, and what an upstream has asked for."""

import asyncio

import pytest
from ocpp201_pki_kit import make
from ocpp201_security_kit import BOTH, V21, Ca, csr

from broker.api import BasePlugin
from broker.testing import broker, csms, station
from plugins.ocpp201.iso15118.plugin import Iso15118
from plugins.ocpp201.provisioning.plugin import Provisioning
from plugins.ocpp201.security.plugin import Security

STATION_CA, V2G_CA = Ca(make("CP001")), Ca(make("SECC1"))


class Authorities(BasePlugin):
    """Brings both."""

    name = "authorities"

    def __init__(self, config, context):
        super().__init__(config, context)
        self.shared.update({"authority": STATION_CA, "authority.v2g": V2G_CA})


async def until(condition):
    async with asyncio.timeout(5):
        while not await condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("version", BOTH)
async def test_both_certificates_of_a_station_come_under_their_own_numbers(version):
    got = []

    def signed(call):
        got.append(dict(call.payload))
        return {"status": "Accepted"}

    async with (
        broker(Provisioning, Security, Iso15118, Authorities, profiles=False) as b,
        station(b, version=version) as s,
    ):
        s.answers["CertificateSigned"] = signed
        await s.boot()
        for number, use in enumerate(("ChargingStationCertificate", "V2GCertificate"), 7):
            asked = {"csr": csr(), "certificateType": use} | ({"requestId": number} if version == V21 else {})
            assert (await s.call("SignCertificate", asked)).payload == {"status": "Accepted"}

        async def held():
            return len(await b.records.certificates.of("CP001")) == 2

        await until(held)
        rows = {row.use: (row.pem, row.status) for row in await b.records.certificates.of("CP001")}
    assert {one["certificateType"]: (one["certificateChain"], "Accepted") for one in got} == rows
    assert rows["V2GCertificate"][0] == V2G_CA.made.pem != rows["ChargingStationCertificate"][0]
    assert sorted(one.get("requestId", 0) for one in got) == ([7, 8] if version == V21 else [0, 0])


@pytest.mark.parametrize("version", BOTH)
async def test_what_passes_between_station_and_upstream_is_recorded(version):
    async with csms() as upstream, broker(upstream=upstream) as b, station(b, version=version) as s:
        names = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "c"}
        chain = [{"certificateType": "MORootCertificate", "certificateHashData": names}]
        s.answers["GetInstalledCertificateIds"] = lambda call: {"status": "Accepted", "certificateHashDataChain": chain}
        await s.boot()
        await s.call("SecurityEventNotification", {"type": "StartupOfTheDevice", "timestamp": "2026-01-01T00:00:00Z"})
        await upstream.call("CP001", "GetInstalledCertificateIds", {})

        async def held():
            rows = await b.records.certificates.of("CP001")
            return [(row.use, row.status) for row in rows] == [("MORootCertificate", "Installed")]

        await until(held)

        async def heard():
            return [row.type for row in await b.records.security_events.page()] == ["StartupOfTheDevice"]

        await until(heard)
