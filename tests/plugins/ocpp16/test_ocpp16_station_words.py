"""Whether an answer is the station's own."""

import pytest

from broker.api import Answer, BasePlugin, Call, Reply, Version, on_call
from broker.ocpp import parse
from broker.ocpp.refusals import refusal
from broker.testing import broker, csms, station
from plugins.ocpp16.security import Security
from plugins.ocpp16.station_words import by_station

CENTRAL = {"certificateType": "CentralSystemRootCertificate"}


@pytest.mark.parametrize("frame", ['[3,"1",{"status":"Accepted"}]', '[4,"1","InternalError","",{}]'])
def test_what_came_over_the_wire_is_the_station_s(frame):
    assert by_station(parse(frame, Version.V16))


@pytest.mark.parametrize(
    "reply",
    [
        refusal(Call.of("GetInstalledCertificateIds", CENTRAL, version=Version.V16)),
        Reply.result({"status": "Accepted"}),
        Reply.error("InternalError", "no answer"),
    ],
)
def test_what_was_made_here_is_not(reply):
    assert not by_station(reply)


class Firewall(BasePlugin):
    """Lets nobody but the operator look at certificates."""

    @on_call("ocpp1.6", "GetInstalledCertificateIds")
    def judge(self, session, call):
        return Answer({"status": "NotFound"}) if call.origin == "csms" else None


async def test_a_real_broker_records_the_station_s_answer_and_no_refusal_in_its_place():
    data = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "c"}
    async with csms() as upstream, broker(Firewall, Security, upstream=upstream, profiles=False) as b, station(b) as s:
        await s.boot()
        s.answers["GetInstalledCertificateIds"] = lambda call: {"status": "Accepted", "certificateHashData": [data]}
        session = b.sessions.get("CP001")
        await session.call("GetInstalledCertificateIds", CENTRAL)
        assert [row.hash_data for row in await b.records.certificates.of("CP001")] == [data]
        refused = await upstream.call("CP001", "DeleteCertificate", {"certificateHashData": data})
        assert refused.payload == {"status": "Failed"}
        assert (await upstream.call("CP001", "GetInstalledCertificateIds", CENTRAL)).payload == {"status": "NotFound"}
        assert [row.hash_data for row in await b.records.certificates.of("CP001")] == [data]
