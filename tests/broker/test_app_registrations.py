"""Stations and tokens at run time, in a whole broker: over the API, and over a restart and a reload."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, encode_basic_auth
from app_kit import UPGRADE, WAIT, connect, status, until

KEY = "a-good-password-1"
PLAIN = {"name": "plain", "bind": "127.0.0.1:0", "path": "/ocpp/{identity}", "security_profiles": [0, 1]}


@pytest.fixture
def listeners(site):
    site.write(listeners=json.dumps([PLAIN]))


@asynccontextmanager
async def api(broker, site):
    token = (site.folder / "switchboard.token").read_text().strip()
    async with ClientSession(broker.admin_url, headers={"Authorization": f"Bearer {token}"}) as http:
        yield http


async def ask(http, method, path, body=None):
    async with http.request(method, f"/api/v1{path}", json=body) as answer:
        return answer.status, await answer.json(content_type=None)


async def login(http, broker, identity, password):
    url = f"http://127.0.0.1:{broker.ports['plain']}/ocpp/{identity}"
    headers = {**UPGRADE, "Authorization": encode_basic_auth(identity, password)}
    async with http.get(url, headers=headers) as answer:
        return answer.status


@pytest.mark.usefixtures("listeners")
async def test_a_station_that_is_registered_comes_in_also_after_a_reload_and_a_restart(site, http):
    async with site.running() as broker, api(broker, site) as admin:
        assert await login(http, broker, "CP9", KEY) == 404
        assert (await ask(admin, "GET", "/stations/CP9"))[0] == 404
        code, station = await ask(admin, "PUT", "/stations/CP9", {"password": KEY, "tags": {"site": "x"}})
        assert (code, station["registered"], station["connected"]) == (200, True, False)
        assert (station["tags"], station["registration"]["password"]) == ({"site": "x"}, True)
        assert await login(http, broker, "CP9", KEY) == 101
        site.write(stations="{known: []}")
        assert await broker.reload() == []
        assert [await login(http, broker, "CP9", one) for one in (KEY, "wrong")] == [101, 401]
    async with site.running() as broker, api(broker, site) as admin:
        assert await login(http, broker, "CP9", KEY) == 101
        assert [row["identity"] for row in (await ask(admin, "GET", "/stations"))[1]["stations"]] == ["CP9"]
        assert (await ask(admin, "DELETE", "/stations/CP9"))[0] == 200
        assert await login(http, broker, "CP9", KEY) == 404
    async with site.running() as broker:
        assert await login(http, broker, "CP9", KEY) == 404


@pytest.mark.usefixtures("listeners")
async def test_a_registration_over_the_file_ends_with_it(site, http):
    async with site.running(stations="{known: [{identity: CP001}]}") as broker, api(broker, site) as admin:
        assert await status(http, broker, "CP001") == 101
        await ask(admin, "PUT", "/stations/CP001", {"password": KEY, "security_profile": 1})
        assert await status(http, broker, "CP001") == 401
        assert await login(http, broker, "CP001", KEY) == 101
        await ask(admin, "DELETE", "/stations/CP001")
        assert await status(http, broker, "CP001") == 101


async def test_a_connected_station_shows_its_registration(site, http):
    async with site.running() as broker, api(broker, site) as admin:
        station = await connect(http, broker)
        await until(lambda: len(broker.sessions) == 1)
        await ask(admin, "PUT", "/stations/CP001", {"boot": "pending"})
        _, shown = await ask(admin, "GET", "/stations/CP001")
        assert (shown["connected"], shown["registration"]["boot"]) == (True, "pending")
        assert await station.beat()
        await station.ws.close()


async def test_tokens_and_boots_of_the_file_come_with_the_start_and_a_reload(site):
    site.write(tokens="{TAG1: Blocked}", stations="{unknown_boot: pending, known: [{identity: CP001, boot: rejected}]}")
    async with site.running() as broker:
        boot = broker.records.registrations.boot_policy
        assert ((await broker.records.tokens.find("tag1")).status, boot("CP001"), boot("CP9")) == (
            "Blocked", "rejected", "pending",
        )  # fmt: skip
        site.write(tokens="{TAG1: Accepted}", stations="{known: []}")
        assert await broker.reload() == []
        assert ((await broker.records.tokens.find("tag1")).status, boot("CP001")) == ("Accepted", "accepted")


async def test_tokens_that_were_set_outlive_a_restart_and_count_before_the_file(site):
    site.write(tokens="{TAG1: Blocked}")
    async with site.running() as broker, api(broker, site) as admin:
        rows = [{"id": f"T{number}"} for number in range(1500)]
        assert (await ask(admin, "POST", "/tokens/import", rows))[1] == {"tokens": 1500, "imported": 1500}
        assert (await ask(admin, "PUT", "/tokens/tag1", {}))[0] == 200
    async with site.running() as broker, api(broker, site) as admin:
        assert (await ask(admin, "GET", "/tokens/TAG1"))[1]["status"] == "Accepted"
        assert (await ask(admin, "GET", "/tokens/T1499"))[1]["source"] == "api"
        await ask(admin, "DELETE", "/tokens/TAG1")
        assert (await ask(admin, "GET", "/tokens/TAG1"))[1]["status"] == "Blocked"


async def test_a_reload_with_a_wrong_token_says_so_without_it(site, capsys):
    async with site.running(tokens="{SECRET-TAG: Accepted}") as broker:
        site.write(tokens="{SECRET-TAG: {status: Bocked}, secret-tag: Accepted}")
        problems = await broker.reload()
        assert [problem.path for problem in problems] == [
            'tokens["entry 1 (..AG)"].status',
            'tokens["entry 2 (..ag)"]',
        ]
        assert (await broker.records.tokens.find("SECRET-TAG")).status == "Accepted"
        assert "secret" not in str([str(problem) for problem in problems]).lower()


async def test_what_is_too_old_is_deleted_at_the_start(site):
    async with site.running() as broker:
        records = broker.records
        add = records.messages.add
        old = {"identity": "CP001", "direction": "from_station", "peer": "local", "action": "Heartbeat"}
        await records.commit(*[
            add(at=at, message_id=str(at), kind="call", outcome="", payload=b"{}", **old) for at in (1.0, 4e9)
        ])  # fmt: skip
    async with site.running(retention="{messages: 5d}") as broker:
        async with asyncio.timeout(WAIT):
            while len(kept := await broker.records.messages.page()) > 1:
                await asyncio.sleep(0.005)
        assert [message.at for message in kept] == [4e9]
