"""Start, swap, stop."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from broker.config import ConfigError
from broker.config.operations import Admin
from broker.server.admin import AdminServer


async def test_the_port_is_known_once_started(admin: AdminServer) -> None:
    assert admin.port > 0
    assert admin.url == f"http://127.0.0.1:{admin.port}"


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("0.0.0.0:80", "http://127.0.0.1:80"),
        ("[::]:80", "http://[::1]:80"),
        ("[::1]:81", "http://[::1]:81"),
        ("localhost:82", "http://localhost:82"),
    ],
)
def test_the_url_can_be_opened_from_this_machine(broker: Any, bind: str, url: str) -> None:
    broker.config = broker.config.model_copy(update={"admin": Admin(bind=bind)})
    assert AdminServer(broker).url == url


async def test_without_tokens_one_is_made_in_the_token_file(broker: Any, tmp_path: Path, make_config: Any) -> None:
    broker.config = make_config(tmp_path, tokens=[])
    admin = AdminServer(broker)
    await admin.start()
    try:
        token = (tmp_path / "switchboard.token").read_text().strip()
        async with aiohttp.ClientSession() as http:
            answer = await http.post(f"{admin.url}/api/v1/reload", headers={"Authorization": f"Bearer {token}"})
            assert answer.status == 200
    finally:
        await admin.stop()


async def test_with_tokens_no_file_is_made(admin: AdminServer, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []


async def test_a_token_file_that_cannot_be_had_is_a_configuration_error(
    broker: Any, tmp_path: Path, make_config: Any
) -> None:
    broker.config = make_config(tmp_path, tokens=[])
    (tmp_path / "switchboard.token").mkdir()
    admin = AdminServer(broker)
    with pytest.raises(ConfigError):
        await admin.start()
    await admin.stop()


async def test_a_port_in_use_is_an_error_and_leaves_nothing(broker: Any, admin: AdminServer) -> None:
    broker.config = broker.config.model_copy(update={"admin": Admin(bind=f"127.0.0.1:{admin.port}")})
    second = AdminServer(broker)
    with pytest.raises(OSError, match=r"admin\.bind: 127\.0\.0\.1:\d+: Address already in use"):
        await second.start()


async def test_stop_closes_the_port_and_may_be_repeated(admin: AdminServer, client: Any) -> None:
    assert (await client.json("GET", "/healthz"))[0] == 200
    await admin.stop()
    await admin.stop()
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", admin.port))


async def test_a_request_in_flight_ends_well_at_a_swap(admin: AdminServer, client: Any, broker: Any) -> None:
    going, arrived = asyncio.Event(), asyncio.Event()

    async def reload() -> None:
        arrived.set()
        await going.wait()

    broker.reload = reload
    request = asyncio.get_running_loop().create_task(client.json("POST", "/api/v1/reload"))
    await arrived.wait()
    for _ in range(3):
        admin.swap(await admin.prepare(broker.config, broker.plugins))
    going.set()
    assert (await request)[0] == 200
    assert (await client.json("GET", "/api/v1/stations"))[0] == 200


async def test_what_was_prepared_and_not_used_is_forgotten(admin: AdminServer, broker: Any) -> None:
    for _ in range(5):
        await admin.prepare(broker.config, broker.plugins)
    assert len(admin._runners) <= 2
