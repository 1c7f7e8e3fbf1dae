"""Listeners together: started, changed and closed as one."""

import socket

import pytest
from door_kit import CP001, LAB, PLAIN, House, basic, configured, connect, handshake, house, status

from broker.server.tls import TlsError

STATION = {"identity": "CP001"}
GOOD = handshake(auth=basic("CP001", "a-good-password-1"))


async def test_several_listeners_and_paths_at_once(shared_pki):
    other = {**LAB, "name": "other", "path": "/steve/websocket/{identity}"}
    async with house(LAB, other, shared_pki.listener(), stations=[STATION]) as h:
        ports = h.listeners.ports
        assert set(ports) == {"lab", "other", "secure"}
        assert await status(ports["lab"]) == 101
        assert await status(ports["other"], handshake("/steve/websocket/CP001")) == 101
        assert await status(ports["other"]) == 404
        assert await status(ports["secure"], handshake(), tls=shared_pki.client("CP001"), name="localhost") == 101
        assert [admission.listener for admission in h.sessions.served] == ["lab", "other", "secure"]


async def test_a_reload_keeps_sessions_adds_and_removes_listeners():
    first = {**LAB, "bind": f"127.0.0.1:{free_port()}"}
    second = {**LAB, "name": "second", "bind": f"127.0.0.1:{free_port()}"}
    async with house(first, stations=[STATION]) as h:
        live = await connect(h.listeners.ports["lab"])
        h.listeners.commit(await h.listeners.prepare(configured(first, second, stations=[STATION])))
        gone = h.listeners.ports["lab"]
        assert await status(h.listeners.ports["second"]) == 101
        h.listeners.commit(await h.listeners.prepare(configured(second, stations=[STATION])))
        assert await live.echo() == "hello"
        assert set(h.listeners.ports) == {"second"}
        with pytest.raises(ConnectionRefusedError):
            await status(gone)
        assert await status(h.listeners.ports["second"]) == 101
        await live.close()


async def test_a_reload_changes_terms_stations_and_limits_in_place():
    async with house(LAB, stations=[CP001, {"identity": "CP002"}]) as h:
        port = h.port
        live = await connect(port, handshake("/ocpp/CP002"))
        new = {**PLAIN, "path": "/new/{identity}"}
        stations = [{**CP001, "password": "another-password-2"}]
        wanted = configured(new, stations=stations, limits={"connections_per_address": 2})
        h.listeners.commit(await h.listeners.prepare(wanted))
        assert h.listeners.ports == {"plain": port}
        assert await status(port, GOOD) == 404
        assert await status(port, handshake("/new/CP001", auth=basic("CP001", "a-good-password-1"))) == 401
        second = await connect(port, handshake("/new/CP001", auth=basic("CP001", "another-password-2")))
        assert second.status == 101
        assert await live.echo() == "hello"
        assert await status(port, b"") == 503
        await live.close()
        await second.close()


async def test_a_reload_that_cannot_bind_changes_nothing():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port, free = taken.getsockname()[1], free_port()
        async with house(LAB, stations=[STATION]) as h:
            wanted = [
                {**LAB, "name": "free", "bind": f"127.0.0.1:{free}"},
                {**LAB, "name": "busy", "bind": f"127.0.0.1:{port}"},
            ]
            with pytest.raises(OSError, match=rf"listeners\[1\]\.bind: 127\.0\.0\.1:{port}: Address already in use"):
                await h.listeners.prepare(configured(*wanted))
            assert set(h.listeners.ports) == {"lab"}
            assert await status(h.port) == 101
            with pytest.raises(ConnectionRefusedError):
                await status(free)


async def test_a_reload_with_a_bad_certificate_changes_nothing(pki):
    listener = pki.listener([2])
    async with house(listener, stations=[CP001]) as h:
        pki.servers[1].key.write_text("no key")
        with pytest.raises(TlsError, match=r"server-rsa"):
            await h.listeners.prepare(configured(listener))
        assert await status(h.port, GOOD, tls=pki.client(), name="localhost") == 101


async def test_a_plan_that_is_discarded_gives_its_addresses_back():
    async with house(LAB) as h:
        port = free_port()
        plan = await h.listeners.prepare(configured(LAB, {**LAB, "name": "new", "bind": f"127.0.0.1:{port}"}))
        plan.discard()
        with socket.socket() as again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            again.bind(("127.0.0.1", port))
        assert set(h.listeners.ports) == {"lab"}


async def test_a_new_certificate_is_served_after_a_reload_of_everything(pki):
    listener = pki.listener([2])
    async with house(listener, stations=[CP001]) as h:
        before = h.listeners.expiries()
        live = await connect(h.port, GOOD, tls=pki.client(), name="localhost")
        pki.serve()
        h.listeners.commit(await h.listeners.prepare(configured(listener, stations=[CP001])))
        assert await live.echo() == "hello"
        assert await status(h.port, GOOD, tls=pki.client(), name="localhost") == 101
        assert set(h.listeners.expiries()) == set(before)
        await live.close()


async def test_listeners_that_cannot_start_leave_nothing_behind():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        busy = {**LAB, "name": "busy", "bind": f"127.0.0.1:{taken.getsockname()[1]}"}
        built = House(configured(LAB, busy))
        with pytest.raises(OSError, match=r"listeners\[1\]\.bind: "):
            await built.listeners.start(configured(LAB, busy))
        assert built.listeners.ports == {}


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
