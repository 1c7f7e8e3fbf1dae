from broker.testing import harness
from plugins.ocpp21.diagnostics.plugin import Diagnostics

V = "ocpp2.1"


async def test_periodic_event_streams_are_taken():
    h = harness(Diagnostics)
    assert (await h.call(V, "OpenPeriodicEventStream", {})).payload == {"status": "Accepted"}
    assert (await h.call(V, "ClosePeriodicEventStream", {"id": 1})).payload == {}


async def test_a_send_is_taken_and_has_no_answer():
    assert (await harness(Diagnostics).call(V, "NotifyPeriodicEventStream", {})).is_result
