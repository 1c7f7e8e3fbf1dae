"""The plugin as a whole: what it owns, and the trigger."""

import pytest
from security_kit import V16, said, security

from broker.api import Direction, Reply, StationRefused, Version
from broker.ocpp import Schemas
from broker.testing import harness
from plugins.ocpp16.security import FROM_STATION, TO_STATION, Security


def test_it_owns_all_actions_of_the_extension():
    actions = {(one.name, one.direction) for one in harness(Security).plugins.actions()}
    assert len(actions) == len(FROM_STATION) + len(TO_STATION) == 11
    assert all(name in Schemas().actions(Version.V16) for name, _ in actions)
    assert ("SignCertificate", Direction.FROM_STATION) in actions
    assert ("CertificateSigned", Direction.TO_STATION) in actions


@pytest.mark.parametrize("action", FROM_STATION)
async def test_it_answers_all_that_a_station_sends(action):
    async with security() as h:
        expected = {"status": "Rejected"} if action == "SignCertificate" else {}
        assert (await h.call(V16, action, {})).payload == expected


def test_its_operations():
    assert [one["name"] for one in harness(Security).plugins.operations()] == [
        "delete-certificate",
        "extended-trigger",
        "get-log",
        "install-certificate",
        "installed-certificates",
        "renew-certificate",
        "set-authorization-key",
        "signed-update-firmware",
        "upgrade-security-profile",
    ]
    assert all(one["summary"] for one in harness(Security).plugins.operations())


@pytest.mark.parametrize("status", ["Accepted", "Rejected", "NotImplemented"])
async def test_a_trigger_has_what_was_given_and_nothing_else(status):
    async with security() as h:
        h.session(V16).replies["ExtendedTriggerMessage"] = said(status)
        assert await h.operate(V16, "extended-trigger", {"requestedMessage": "Heartbeat"}) == {"status": status}
        await h.operate(V16, "extended-trigger", {"requestedMessage": "MeterValues", "connectorId": 0})
        assert h.session(V16).sent == [
            ("ExtendedTriggerMessage", {"requestedMessage": "Heartbeat"}),
            ("ExtendedTriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 0}),
        ]


async def test_an_error_to_a_trigger_is_passed_on():
    async with security() as h:
        h.session(V16).replies["ExtendedTriggerMessage"] = Reply.error("NotImplemented", "")
        with pytest.raises(StationRefused, match="NotImplemented"):
            await h.operate(V16, "extended-trigger", {"requestedMessage": "Heartbeat"})


@pytest.mark.parametrize("version", ["ocpp2.0.1", "ocpp2.1"])
async def test_stations_of_other_versions_are_not_its_business(version, monkeypatch):
    async with security() as h:

        async def never(session):
            raise AssertionError

        monkeypatch.setattr(Security, "resume_signing", never)
        h.plugins.session_opened(h.session(version))
        await h.plugins._notices.settle()
        assert h.plugins.stats["ocpp16.security"].errors == 0
