"""B02.FR.09: a Pending station may send what GetBaseReport or GetReport has triggered: NotifyReport, all its parts."""

import pytest

from broker.api import Registration
from broker.testing import broker, station
from plugins.ocpp201.provisioning.plugin import Provisioning


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
@pytest.mark.parametrize(("action", "more"), [("GetBaseReport", {"reportBase": "FullInventory"}), ("GetReport", {})])
async def test_a_pending_station_may_send_the_report_that_it_was_asked_for(version, action, more):
    async with broker(Provisioning, profiles=False) as b:
        await b.records.registrations.put(Registration(identity="CP001", boot="pending"))
        async with station(b, version=version) as s:
            assert (await s.boot()).payload["status"] == "Pending"
            told = {"requestId": 5, "generatedAt": "2026-01-01T00:00:00Z", "seqNo": 0, "tbc": True}
            told["reportData"] = [
                {"component": {"name": "A"}, "variable": {"name": "B"}, "variableAttribute": [{"value": "1"}]}
            ]
            assert (await s.call("NotifyReport", told)).code == "SecurityError", "nobody has asked"
            s.answers[action] = lambda call: {"status": "Accepted"}
            await b.sessions.get("CP001").call(action, {"requestId": 5, **more})
            assert (await s.call("NotifyReport", told)).is_result
            assert (await s.call("NotifyReport", {**told, "seqNo": 1, "tbc": False})).is_result
            assert (await s.call("NotifyReport", {**told, "seqNo": 2, "tbc": False})).code == "SecurityError", (
                "it was complete"
            )
            s.answers[action] = lambda call: {"status": "Rejected"}
            await b.sessions.get("CP001").call(action, {"requestId": 6, **more})
            assert (await s.call("NotifyReport", {**told, "requestId": 6})).code == "SecurityError"
