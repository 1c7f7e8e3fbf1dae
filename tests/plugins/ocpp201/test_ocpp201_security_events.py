"""Security events of stations of 2.x."""

import asyncio

import pytest
from ocpp201_security_kit import BOTH, V201, counted, plugin, security, shared, until

from broker.api import Reply, StoreFailed
from broker.testing.table import NotKept
from plugins.ocpp201.security.events import CRITICAL, TYPES

ACTION = "SecurityEventNotification"
EVENT = {"type": "InvalidCsmsCertificate", "timestamp": "2025-12-31T23:59:00Z", "techInfo": "root is gone"}


def test_the_events_of_the_appendix():
    assert len(TYPES) == 21
    assert CRITICAL < TYPES
    assert {
        "AttemptedReplayAttacks",
        "CsmsFailedToAuthenticate",
        "FailedToAuthenticateAtCsms",
        "InvalidMessages",
        "ReconfigurationOfSecurityParameters",
    } == TYPES - CRITICAL


@pytest.mark.parametrize("version", BOTH)
async def test_an_event_is_answered_and_on_the_disk_by_then(version, monkeypatch):
    async with security() as h:
        written = []
        real = h.records.commit

        async def commit(*changes):
            written.append(len(changes))
            await real(*changes)

        monkeypatch.setattr(h.records, "commit", commit)
        assert (await h.call(version, ACTION, EVENT)).payload == {}
        (row,) = await h.records.security_events.page()
        assert (written, row.type, row.tech_info) == ([1], "InvalidCsmsCertificate", "root is gone")
        assert counted(h, "events", type="InvalidCsmsCertificate") == 1


async def test_an_event_that_cannot_be_kept_is_not_acknowledged(monkeypatch):
    async with security() as h:

        async def fail(*_):
            raise StoreFailed("disk full")

        monkeypatch.setattr(h.records, "commit", fail)
        with pytest.raises(NotKept):
            await h.call(V201, ACTION, EVENT)
        assert counted(h, "events", type=EVENT["type"]) == 0


async def test_an_event_that_an_upstream_answers_is_kept_too_and_nobody_waits(monkeypatch):
    async with security() as h:

        async def never(*_):
            raise AssertionError

        monkeypatch.setattr(h.records, "commit", never)
        h.session(V201).answers = "main"
        await h.reply(V201, ACTION, EVENT, Reply.error("InternalError", "not known"))
        assert [row.type for row in await h.records.security_events.page()] == [EVENT["type"]]


async def test_it_is_told_once_with_what_makes_it_critical():
    async with security() as h:
        heard = []
        shared(h)["security_event_sinks"].append(heard.append)
        for _ in range(3):
            await h.call(V201, ACTION, EVENT)
        await h.call(V201, ACTION, {**EVENT, "type": "InvalidMessages"})
        await until(lambda: len(heard) == 2)
        assert [(one["type"], one["critical"]) for one in heard] == [
            ("InvalidCsmsCertificate", True),
            ("InvalidMessages", False),
        ]


@pytest.mark.parametrize("payload", [{}, {"type": 5}, {"type": ""}, {"type": None, "timestamp": []}])
async def test_what_names_no_event_is_answered_and_not_kept(payload):
    async with security() as h:
        assert (await h.call(V201, ACTION, payload)).payload == {}
        assert await h.records.security_events.page() == []


async def test_a_syslog_receiver_hears_of_it():
    received = []

    class Protocol(asyncio.DatagramProtocol):
        def datagram_received(self, data, addr):
            received.append(data)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Protocol, local_addr=("127.0.0.1", 0))
    address = f"udp://127.0.0.1:{transport.get_extra_info('sockname')[1]}"
    async with security(syslog={"address": address}) as h:
        await h.call(V201, ACTION, EVENT)
        await until(lambda: received)
        assert b"InvalidCsmsCertificate" in received[0]
        assert len(plugin(h)._outlets) == 1
    transport.close()
