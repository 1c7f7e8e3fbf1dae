import asyncio
import re
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import aiohttp
import pytest

from broker.api import BasePlugin, Refuse, Replace, answer, hookimpl, on_call
from broker.hooks import PluginError
from broker.simulate import HandshakeRefused

GUIDE = Path(__file__).parents[3] / "docs" / "plugins.md"


class Renamed(BasePlugin):
    """Gives the CSMS another idTag."""

    class Config(BasePlugin.Config):
        tag: str = "OTHER"

    @on_call("ocpp1.6", "Authorize")
    def rename(self, session, call):
        return Replace({**call.payload, "idTag": self.config.tag})


class Beats(BasePlugin):
    """Answers Heartbeat, as the built-in profile does too."""

    class Config(BasePlugin.Config):
        time: str = "2030-01-01T00:00:00Z"
        fails: bool = False

    @answer(("ocpp1.6", "ocpp2.0.1", "ocpp2.1"), "Heartbeat")
    def beat(self, session, call):
        if self.config.fails:
            raise KeyError
        return {"currentTime": self.config.time}


class Closed(BasePlugin):
    """Lets nobody in."""

    @hookimpl
    def connection_opening(self, request):
        return Refuse(403, "closed")


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Where temporary folders are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


# --- plugins between real peers ---------------------------------------------------------------------------------------


async def test_a_plugin_changes_a_call_on_its_way_to_the_csms(broker, csms, station):
    async with csms() as upstream, broker(Renamed, {"tag": "T1"}, upstream=upstream) as b, station(b, "CP007") as s:
        assert s.authorized(await s.authorize("CARD"))
        (call,) = upstream.received("CP007", "Authorize")
        assert call.payload == {"idTag": "T1"}


async def test_a_call_of_the_csms_reaches_the_station(broker, csms, station):
    async with csms() as upstream, broker(upstream=upstream) as b, station(b) as s:
        s.answers["ClearCache"] = lambda call: {"status": "Rejected"}
        await upstream.wait_for("CP001")
        assert (await upstream.call("CP001", "ClearCache")).payload == {"status": "Rejected"}


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_a_plugin_answers_by_itself_where_there_is_no_csms(broker, station, version):
    async with broker(Beats, profiles=False) as b, station(b, version=version) as s:
        assert (await s.heartbeat()).payload == {"currentTime": "2030-01-01T00:00:00Z"}
        assert (await s.boot()).code == "NotSupported"


@pytest.mark.parametrize("version", ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
async def test_the_built_in_profiles_stand_behind_the_plugins(broker, station, version):
    async with broker(Renamed) as b, station(b, version=version) as s:
        assert (await s.boot()).payload["status"] == "Accepted"
        names = list(b.plugins.stats)
        assert names[0] == "Renamed"
        assert {"ocpp16.core", "ocpp201.provisioning"} <= set(names[1:])


async def test_options_belong_to_the_class_before_them(broker, station):
    async with broker(Renamed, Beats, {"time": "2031-01-01T00:00:00Z"}, profiles=False) as b, station(b) as s:
        assert (await s.heartbeat()).payload == {"currentTime": "2031-01-01T00:00:00Z"}


@pytest.mark.parametrize("wrong", [({"tag": "T1"},), (Renamed, {"tag": "T1"}, {"tag": "T2"})])
async def test_options_without_a_class_are_an_error(broker, wrong):
    with pytest.raises(TypeError, match="behind the class"):
        async with broker(*wrong):
            pass


async def test_plugins_that_cannot_be_loaded_leave_nothing(broker, folders):
    with pytest.raises(PluginError, match="Heartbeat"):
        async with broker(Beats):
            pass
    assert list(folders.iterdir()) == []


async def test_a_plugin_that_fails_is_cut_and_counted(broker, station):
    async with broker(Beats, {"fails": True}, profiles=False) as b, station(b) as s:
        assert (await s.heartbeat()).code == "InternalError"
        assert b.plugins.stats["Beats"].errors == 1


async def test_a_plugin_that_refuses_is_seen_by_the_station(broker, station):
    async with broker(Closed) as b:
        with pytest.raises(HandshakeRefused) as caught:
            async with station(b):
                pass
        assert caught.value.status == 403


# --- the broker itself ------------------------------------------------------------------------------------------------


async def test_the_admin_token_is_in_a_folder_that_nobody_else_can_read(broker, folders):
    async with broker() as b, aiohttp.ClientSession() as http:
        (folder,) = folders.iterdir()
        token_file = b.config.admin.token_file
        assert (token_file.parent, b.config_path.parent) == (folder, folder)
        assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(token_file.stat().st_mode)) == (0o700, 0o600)
        headers = {"Authorization": f"Bearer {token_file.read_text().strip()}"}
        async with http.get(f"{b.admin_url}/api/v1/stations", headers=headers) as said:
            assert said.status == 200


async def test_a_reload_keeps_the_plugins_the_addresses_and_the_stations(broker, station):
    async with broker(Beats, profiles=False) as b, station(b) as s:
        ports = dict(b.ports)
        assert await b.reload() == []
        assert b.ports == ports
        assert (await s.heartbeat()).payload == {"currentTime": "2030-01-01T00:00:00Z"}


async def test_two_brokers_stand_side_by_side(broker, station):
    async with broker(Beats, profiles=False) as one, broker() as two, station(one) as s, station(two) as t:
        assert (await s.heartbeat()).payload != (await t.heartbeat()).payload
        assert (len(one.sessions), len(two.sessions)) == (1, 1)


async def test_nothing_is_left_behind(broker, csms, station, folders):
    before = asyncio.all_tasks()
    async with (
        csms() as upstream,
        broker(Renamed, upstream=upstream) as b,
        station(b, "CP001") as s,
        station(b, "CP002", version="ocpp2.1") as t,
    ):
        await s.authorize()
        await t.boot()
        assert asyncio.all_tasks() > before
        ports = [b.ports["plain"], upstream.port]
    assert asyncio.all_tasks() == before
    assert list(folders.iterdir()) == []
    for port in ports:
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_nothing_is_left_behind_by_a_test_that_fails(broker, csms, station, folders):
    before = asyncio.all_tasks()
    with pytest.raises(ZeroDivisionError):
        async with csms() as upstream, broker(upstream=upstream) as b, station(b):
            raise ZeroDivisionError
    assert asyncio.all_tasks() == before
    assert list(folders.iterdir()) == []


# --- for whom it is ---------------------------------------------------------------------------------------------------

PLAIN_TEST = """
import asyncio


def test_boot(broker, csms, station):
    async def story():
        async with csms() as upstream, broker(upstream=upstream) as b, station(b) as s:
            await s.boot()
            assert len(upstream.received("CP001", "BootNotification")) == 1

    asyncio.run(story())
"""


def test_no_asyncio_plugin_of_pytest_is_needed(tmp_path):
    (tmp_path / "test_plain.py").write_text(PLAIN_TEST)
    without = [part for name in ("asyncio", "aiohttp", "anyio") for part in ("-p", f"no:{name}")]
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), "-W", "error", *without, "."]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, "1 passed" in ran.stdout) == (0, True), ran.stdout + ran.stderr


async def test_the_examples_of_the_guide_pass(broker, csms, station):
    text = GUIDE.read_text(encoding="utf-8")
    first, *_ = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    chapter = text.partition("\n## Testing it\n")[2].partition("\n## ")[0]
    scope = {"__name__": "guide"}
    for block in [first, *re.findall(r"^```python\n(.*?)^```", chapter, re.MULTILINE | re.DOTALL)]:
        exec(compile(block, str(GUIDE), "exec"), scope)
    await scope["test_the_vendor_is_replaced"]()
    await scope["test_the_csms_gets_the_right_vendor"](broker, csms, station)
