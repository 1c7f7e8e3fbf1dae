import logging

import pytest

from broker.api import Direction, Event
from broker.testing import Harness, harness
from plugins.policy.trace import Trace


class Link:
    upstream = "main"


@pytest.fixture(autouse=True)
def level(caplog):
    caplog.set_level(logging.INFO, logger="plugin.policy.trace")


def event():
    return Event("reply", 0.0, Direction.FROM_STATION, "main", "Authorize", "7", b'{"idTag":"SECRET"}', "result")


async def test_the_life_of_a_session_is_logged_without_payloads(caplog):
    h = harness(Trace)
    session, link = h.session("ocpp1.6"), Link()
    await h.plugins.start(None)
    h.plugins.session_opened(session)
    h.plugins.upstream_opened(session, link)
    h.observe("ocpp1.6", event())
    h.plugins.upstream_closed(session, link, "1006")
    h.plugins.session_closed(session, "gone")
    await h.stop()
    assert caplog.messages == [
        "tracing the messages of *",
        "CP001 connected: ocpp1.6, security profile 0, from 127.0.0.1",
        "CP001: leg to main is up",
        "CP001 from_station reply Authorize 7 main result (18 bytes)",
        "CP001: leg to main is down: 1006",
        "CP001 disconnected: gone",
        "tracing has ended",
    ]


def test_other_stations_are_not_logged(caplog):
    h = Harness((Trace, {"identities": ["DE-*"]}))
    h.plugins.session_opened(h.session("ocpp1.6"))
    h.observe("ocpp1.6", event())
    assert caplog.messages == []
    german = Harness((Trace, {"identities": ["DE-*"]}), identity="DE-1")
    german.observe("ocpp1.6", event())
    assert len(caplog.messages) == 1
