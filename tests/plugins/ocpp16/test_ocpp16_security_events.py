"""Security events: kept, counted, told to others."""

import asyncio
import logging

import pytest
from security_kit import V16, counted, security, until

from broker.api import Reply, StoreFailed
from broker.testing.table import NotKept
from plugins.ocpp16.security_events import CRITICAL, TYPES
from plugins.shared.security_events import SINKS

ACTION = "SecurityEventNotification"
EVENT = {"type": "TamperDetectionActivated", "timestamp": "2025-12-31T23:59:00Z", "techInfo": "door open"}
NOW = 1_767_225_600.0


def shared(h):
    return h.plugins._loaded["ocpp16.security"].context.shared


async def test_an_event_is_answered_and_on_the_disk_by_then(monkeypatch):
    async with security() as h:
        written = []
        real = h.records.commit

        async def commit(*changes):
            written.append(len(changes))
            await real(*changes)

        monkeypatch.setattr(h.records, "commit", commit)
        assert (await h.call(V16, ACTION, EVENT)).payload == {}
        assert written == [1]
        (row,) = await h.records.security_events.page()
        assert (row.identity, row.type, row.at, row.received_at, row.tech_info) == (
            "CP001", "TamperDetectionActivated", 1_767_225_540.0, NOW, "door open",
        )  # fmt: skip


async def test_an_event_that_cannot_be_kept_is_not_acknowledged(monkeypatch):
    async with security() as h:

        async def fail(*_):
            raise StoreFailed("disk full")

        heard = []
        shared(h)[SINKS].append(heard.append)
        monkeypatch.setattr(h.records, "commit", fail)
        with pytest.raises(NotKept):
            await h.call(V16, ACTION, EVENT)
        assert heard == []
        assert counted(h, "events", type=EVENT["type"]) == 0


async def test_a_repeated_event_is_kept_counted_and_told_once():
    async with security() as h:
        heard = []
        shared(h)[SINKS].append(heard.append)
        for _ in range(3):
            await h.call(V16, ACTION, EVENT)
        await h.call(V16, ACTION, {**EVENT, "techInfo": "door shut"})
        await until(lambda: len(heard) == 2)
        assert len(await h.records.security_events.page()) == 2
        assert counted(h, "events", type=EVENT["type"]) == 2
        assert [event["techInfo"] for event in heard] == ["door open", "door shut"]


@pytest.mark.parametrize("reply", [Reply.result({}), Reply.error("InternalError", "not known")])
async def test_an_event_that_an_upstream_answers_is_kept_too_and_nobody_waits(reply, monkeypatch):
    async with security() as h:

        async def never(*_):
            raise AssertionError

        h.session(V16).answers = "main"
        monkeypatch.setattr(h.records, "commit", never)
        await h.reply(V16, ACTION, EVENT, reply)
        assert [row.type for row in await h.records.security_events.page()] == [EVENT["type"]]


async def test_a_vendor_s_event_is_counted_as_other_and_kept_by_its_name():
    async with security() as h:
        await h.call(V16, ACTION, {"type": "x-vendor", "timestamp": EVENT["timestamp"]})
        assert counted(h, "events", type="other") == 1
        assert counted(h, "events", type="x-vendor") == 0
        assert [row.type for row in await h.records.security_events.page()] == ["x-vendor"]


@pytest.mark.parametrize("payload", [{}, {"type": 5}, {"type": ""}, {"type": None, "timestamp": []}])
async def test_what_names_no_event_is_answered_and_not_kept(payload):
    async with security() as h:
        assert (await h.call(V16, ACTION, payload)).payload == {}
        assert await h.records.security_events.page() == []


async def test_odd_values_are_bounded_and_kept():
    async with security() as h:
        await h.call(V16, ACTION, {"type": "a" * 999, "timestamp": "yesterday", "techInfo": "\ud800" + "b" * 999})
        (row,) = await h.records.security_events.page()
        assert (row.type, row.at, row.tech_info) == ("a" * 50, None, "?" + "b" * 254)


def test_the_events_of_the_white_paper():
    assert len(TYPES) == 18
    assert len(CRITICAL) == 7
    assert CRITICAL < TYPES


async def test_a_sink_that_fails_hurts_nobody(caplog):
    async with security() as h:
        heard = []

        def broken(event):
            event.clear()
            raise ZeroDivisionError

        async def slow(event):
            await asyncio.sleep(0)
            heard.append(event)

        shared(h)[SINKS] += [broken, slow]
        with caplog.at_level(logging.ERROR):
            await h.call(V16, ACTION, EVENT)
            await until(lambda: heard)
        assert heard[0]["type"] == EVENT["type"]
        assert "a sink of security events failed" in caplog.text


async def test_a_sink_is_not_waited_for():
    async with security() as h:
        gate, heard = asyncio.Event(), []

        async def stuck(event):
            await gate.wait()
            heard.append(event)

        shared(h)[SINKS].append(stuck)
        assert (await h.call(V16, ACTION, EVENT)).payload == {}
        assert heard == []
        gate.set()
        await until(lambda: heard)


async def test_webhook_and_syslog_get_what_is_new_and_are_finished_at_the_end():
    received = []

    class Protocol(asyncio.DatagramProtocol):
        def datagram_received(self, data, addr):
            received.append(data)

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        received.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Protocol, local_addr=("127.0.0.1", 0))
    options = {
        "webhook": {"url": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"},
        "syslog": {"address": f"udp://127.0.0.1:{transport.get_extra_info('sockname')[1]}"},
    }
    async with security(**options) as h:
        await h.call(V16, ACTION, EVENT)
        await h.call(V16, ACTION, EVENT)
        await until(lambda: len(received) == 2)
        metrics = h.contexts.registry
        await until(lambda: counted(h, "deliveries", outlet="webhook", outcome="delivered") == 1)
        assert counted(h, "deliveries", outlet="syslog", outcome="delivered") == 1
        assert metrics is h.contexts.registry
        assert sorted(data[:1] for data in received) == [b"<", b"{"]
        assert b"TamperDetectionActivated" in received[0]
    transport.close()
    server.close()
