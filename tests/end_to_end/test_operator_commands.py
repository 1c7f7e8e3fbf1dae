"""The other commands: against a running broker, and against a file that is wrong."""

import asyncio
import json
import subprocess

import pytest
from e2e_kit import document, listener
from process_kit import SWITCHBOARD, Served, environment, run
from raw_kit import beat, dialled, received, result


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    plugins = [{"ocpp16.core": {"heartbeat_interval": 77}}, "ocpp201.availability"]
    process = Served(tmp_path_factory.mktemp("operator"), document(plugins=plugins, tokens={"CANARY-TAG": "Accepted"}))
    yield process
    process.kill()


@pytest.fixture
async def station(served):
    """A station that answers the next call with what is in `answers`, one after the other."""
    answers = asyncio.Queue()

    async def answer(ws):
        while True:
            text = await ws.recv()
            if text.startswith("[2,"):
                await ws.send((await answers.get())(text))

    async with dialled(served.url("CP%2F1")) as ws:
        answering = asyncio.create_task(answer(ws))
        yield answers
        answering.cancel()


async def test_call_prints_the_stations_answer(served, station):
    asked = []
    station.put_nowait(lambda text: asked.append(json.loads(text)[2:]) or result(text, {"status": "Accepted"}))
    done = await served.cli("call", "CP/1", "Reset", '{"type": "Soft"}')
    assert done.returncode == 0
    assert json.loads(done.stdout) == {"status": "Accepted"}
    assert asked == [["Reset", {"type": "Soft"}]]


async def test_call_tells_an_error_of_the_station(served, station):
    station.put_nowait(lambda text: json.dumps([4, json.loads(text)[1], "NotSupported", "no such thing", {}]))
    done = await served.cli("call", "CP/1", "Reset", '{"type": "Soft"}')
    assert done.returncode == 1
    assert "NotSupported" in done.stderr
    assert "no such thing" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("CP/1", "Reset", '{"type": "Later"}'), 2, "type"),
        (("CP/1", "Reste", "{}"), 2, "did you mean Reset?"),
        (("CP/1", "Reset", "{"), 2, "not JSON"),
        (("CP/1", "ClearCache", "{}", "--timeout", "0.2"), 1, "504"),
        (("nobody", "ClearCache"), 1, "not connected"),
        (("CP/1", "ClearCache", "--token", "wrong"), 1, "token"),
    ],
)
async def test_call_says_what_is_wrong(served, station, arguments, code, told):
    done = await served.cli("call", *arguments)
    assert done.returncode == code, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


async def test_tail_shows_the_messages_that_pass(served):
    for extra in ((), ("--json",)):
        tail = await asyncio.create_subprocess_exec(
            SWITCHBOARD, "tail", "T1", "--count", "2", *extra, cwd=served.folder,
            env=environment(SWITCHBOARD_ADMIN=served.admin), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )  # fmt: skip
        async with dialled(served.url("T1")) as ws:
            while tail.returncode is None:  # it begins to watch when it is ready
                await beat(ws)
                await asyncio.sleep(0.05)
        output, errors = await tail.communicate()
        lines = output.decode().splitlines()
        assert (tail.returncode, len(lines)) == (0, 2), errors
        if extra:
            events = [json.loads(line) for line in lines]
            assert {event["identity"] for event in events} == {"T1"}
            assert {event["action"] for event in events} == {"Heartbeat"}
        else:
            assert all("T1" in line and "Heartbeat" in line for line in lines)


async def test_plugins_list_show_and_chains(served):
    listed = await served.cli("plugins", "list", "--running")
    assert listed.returncode == 0
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == ["ocpp16.core", "ocpp201.availability"]
    rows = json.loads((await served.cli("plugins", "list", "--running", "--json")).stdout)
    assert rows[0]["stats"]["calls"] >= 0
    shown = await served.cli("plugins", "show", "ocpp16.core", "--running")
    assert "heartbeat_interval: 77" in shown.stdout
    assert "CANARY-TAG" not in shown.stdout
    assert "BootNotification" in shown.stdout
    chains = await served.cli("plugins", "chains", "Heartbeat", "-c", str(served.config))
    assert chains.returncode == 0
    assert [line.split()[0] for line in chains.stdout.splitlines()[1:]] == ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
    assert "answer: ocpp16.core" in chains.stdout
    assert "answer: ocpp201.availability" in chains.stdout
    absent = await served.cli("plugins", "show", "nothing", "--running")
    assert absent.returncode == 2
    assert "there are: ocpp16.core" in absent.stderr


async def test_stations_are_listed_and_shown(served, station):
    rows = json.loads((await served.cli("stations", "list", "--json")).stdout)["stations"]
    assert "CP/1" in [row["identity"] for row in rows]
    shown = await served.cli("stations", "show", "CP/1", "--json")
    assert json.loads(shown.stdout)["version"] == "ocpp1.6"


async def test_what_the_process_writes_holds_no_traceback_after_all_that(served):
    async with dialled(served.url("END"), "ocpp2.0.1") as ws:
        await ws.send('[2,"1","Heartbeat",{}]')
        assert (await received(ws))[:2] == [3, "1"]
    assert "Traceback" not in served.log
    assert "failed" not in served.log


# --- check ------------------------------------------------------------------------------------------------------------


def wrong(folder):
    """A configuration with a fault in every section, and the paths of the faults."""
    settings = document(listener(0), listener(0, name="second", bind="nowhere"))
    settings["lisners"] = 3
    settings["listeners"][0]["path"] = "/ocpp"
    settings["listeners"].append({"name": "third", "bind": "127.0.0.1:0", "security_profiles": [2]})
    settings["stations"] = {"known": [{"identity": ""}, {"identity": "A", "password": "canary-pw-0123", "tag": 1}]}
    settings["upstreams"] = {"main": {"url": "http://csms.example.com/{identity}"}}
    settings["routes"] = [{"match": {"identiti": "x"}, "primary": "local"}, {"match": {}, "primary": "missing"}]
    settings["limits"] = {"queue": "many"}
    settings["admin"]["tokens"].append({"name": "x", "role": "king", "token": "canary-token"})
    path = folder / "wrong.yaml"
    path.write_text(json.dumps(settings))
    return path, [
        "lisners", "listeners[0].path", "listeners[1].bind", "listeners[2]", "stations.known[0].identity",
        "stations.known[1].tag", "upstreams.main.url", "routes[0].match.identiti", "limits.queue",
        "admin.tokens[1].role",
    ]  # fmt: skip


async def test_check_names_every_path_of_a_bad_file_and_no_secret(tmp_path):
    path, faults = wrong(tmp_path)
    done = await run("check", "-c", str(path), cwd=tmp_path)
    assert done.returncode == 2
    assert [fault for fault in faults if fault not in done.stderr] == []
    assert "canary" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    told = json.loads((await run("check", "-c", str(path), "--json", cwd=tmp_path)).stdout)
    assert told["ok"] is False
    assert {fault for fault in faults if not any(row["path"].startswith(fault) for row in told["problems"])} == set()


async def test_check_opens_certificates_and_plugins(tmp_path, pki):
    settings = document(listener(3, pki), plugins=["no_such_plugin", {"ocpp16.core": {"nonsense": 1}}])
    settings["listeners"][0]["tls"]["client_ca"] = str(tmp_path / "gone.pem")
    settings["upstreams"] = {"main": {"url": "wss://127.0.0.1/{identity}", "tls": {"ca": str(tmp_path / "lost.pem")}}}
    path = tmp_path / "files.yaml"
    path.write_text(json.dumps(settings))
    done = await run("check", "-c", str(path), cwd=tmp_path)
    assert done.returncode == 2
    for told in (
        "listeners[0].tls",
        "gone.pem",
        "upstreams.main.tls",
        "lost.pem",
        "plugins[0]",
        "plugins[1]",
        "nonsense",
    ):
        assert told in done.stderr


async def test_check_of_a_good_file_is_0_and_serve_of_a_bad_one_is_2(tmp_path):
    good = tmp_path / "good.yaml"
    good.write_text(json.dumps(document()))
    assert (await run("check", "-c", str(good), cwd=tmp_path)).returncode == 0
    path, faults = wrong(tmp_path)
    done = await run("serve", "-c", str(path), cwd=tmp_path)
    assert done.returncode == 2
    assert [fault for fault in faults if fault not in done.stderr] == []
