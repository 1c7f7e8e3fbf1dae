"""The plugin as a whole."""

import pytest
from ocpp201_pki_kit import START, make
from ocpp201_security_kit import BOTH, V21, V201, Ca, plugin, said, security, shared, signed, until

from broker.api import Direction, Version
from broker.testing import harness
from plugins.ocpp201.security.plugin import Security


@pytest.mark.parametrize("version", BOTH)
def test_it_owns_what_belongs_to_block_a(version):
    owned = plugin(harness(Security)).register_actions()
    of_version = {(one.name, one.direction) for one in owned if one.version == version}
    assert of_version == {
        ("SecurityEventNotification", Direction.FROM_STATION),
        ("SignCertificate", Direction.FROM_STATION),
        ("CertificateSigned", Direction.TO_STATION),
    }


async def test_a_promise_outlives_the_broker_and_each_use_has_its_own():
    station, v2g = Ca(make("station")), Ca(make("v2g"))
    promised = [
        ("certificate request", {"use": "ChargingStationCertificate", "csr": "a", "at": START}),
        ("certificate request:V2GCertificate", {"use": "V2GCertificate", "csr": "b", "at": START, "requestId": 5}),
    ]
    async with security(station, v2g, promised=promised) as h:
        h.session(V21).replies["CertificateSigned"] = said("Accepted")
        h.plugins.session_opened(h.session(V21))
        await until(lambda: len(signed(h, V21)) == 2)
        await until(lambda: not plugin(h)._jobs)
        assert {payload.get("requestId") for payload in signed(h, V21)} == {None, 5}
        assert (station.asked, v2g.asked) == ([("CP001", "a")], [("CP001", "b")])
        assert await h.records.documents.of("ocpp201.security.promises", "CP001") == {}
        assert plugin(h)._promised == {}


async def test_a_station_of_another_version_is_promised_nothing_here():
    promised = [("certificate request", {"use": "ChargingStationCertificate", "csr": "a", "at": START})]
    ca = Ca(make("station"))
    async with security(ca, promised=promised) as h:
        h.plugins.session_opened(h.sessions[Version.V16])
        await h.plugins._notices.settle()
        assert ca.asked == []


async def test_sinks_of_both_families_are_the_same_list():
    async with security() as h:
        assert shared(h)["security_event_sinks"] is plugin(h).sinks


@pytest.mark.parametrize("options", [{"webhook": {}}, {"sign_interval": -1}, {"certificates": "x"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(ValueError, match="validation error"):
        Security.Config.model_validate(options)
    assert Security.Config().sign_interval == 60
    assert V201 in BOTH
