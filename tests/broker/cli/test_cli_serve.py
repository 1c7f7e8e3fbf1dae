"""`switchboard serve` as a process."""

import asyncio
import signal
import socket
import sys

import pytest

from broker.simulate import SimulatedStation

START = "import sys; from broker.cli import main; sys.argv[0] = 'switchboard'; main()"
CONFIG = """
listeners:
  - {name: plain, bind: "127.0.0.1:0", path: "/ocpp/{identity}", security_profiles: [0]}
stations: {unknown: accept}
admin: {bind: "127.0.0.1:0"}
shutdown: {timeout: 5, spread: 0}
"""


@pytest.fixture
async def serve(tmp_path):
    started = []

    async def start(text: str) -> asyncio.subprocess.Process:
        (tmp_path / "sb.yaml").write_text(text)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", START, "serve", "-c", "sb.yaml", cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def line_with(process: asyncio.subprocess.Process, text: str) -> str:
    async with asyncio.timeout(30):
        while line := (await process.stderr.readline()).decode():
            if text in line:
                return line
    raise AssertionError(text)


async def test_it_tells_where_it_listens_serves_and_stops_with_code_0(serve, tmp_path):
    process = await serve(CONFIG)
    url = (await line_with(process, "  stations")).split()[1]
    assert "-> local" in await line_with(process, "  route")
    assert "switchboard.token" in await line_with(process, "  token")
    async with SimulatedStation(url, "CP1") as station:
        assert (await station.boot()).payload["status"] == "Accepted"
        process.send_signal(signal.SIGTERM)
        assert await station.closed() == 1001
    assert await process.wait() == 0
    assert (tmp_path / "switchboard.token").stat().st_mode & 0o777 == 0o600


async def test_a_wrong_configuration_is_exit_code_2(serve):
    process = await serve("lisners: 3\n")
    _, err = await process.communicate()
    assert process.returncode == 2
    assert "lisners" in err.decode()
    assert "Traceback" not in err.decode()


@pytest.mark.parametrize(
    "extra",
    ["plugins: [no_such_plugin]\n", "plugins: [{ocpp16.core: {nonsense: 1}}]\n"],
)
async def test_plugins_that_do_not_load_are_exit_code_2(serve, extra):
    process = await serve(CONFIG + extra)
    _, err = await process.communicate()
    assert process.returncode == 2
    assert "plugins[0]" in err.decode()
    assert "Traceback" not in err.decode()


async def test_a_token_file_that_cannot_be_made_is_exit_code_2(serve):
    process = await serve(
        CONFIG.replace('admin: {bind: "127.0.0.1:0"', 'admin: {bind: "127.0.0.1:0", token_file: no/t')
    )
    _, err = await process.communicate()
    assert process.returncode == 2
    assert "admin.token_file: expected a file" in err.decode()
    assert "Traceback" not in err.decode()


@pytest.mark.parametrize(
    ("before", "key"), [('bind: "{}", path', "listeners[0].bind"), ('admin: {{bind: "{}"', "admin.bind")]
)
async def test_a_taken_port_is_told_with_its_key(serve, before, key):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        taken_by = CONFIG.replace(before.format("127.0.0.1:0"), before.format(f"127.0.0.1:{port}"))
        process = await serve(taken_by)
        _, err = await process.communicate()
    assert process.returncode == 1
    assert f"error: cannot start: {key}: 127.0.0.1:{port}: Address already in use" in err.decode()
    assert "Traceback" not in err.decode()


async def test_a_database_that_another_broker_has_is_told_without_a_traceback(serve):
    first = await serve(CONFIG)
    await line_with(first, "  stations")
    second = await serve(CONFIG)
    _, err = await second.communicate()
    assert second.returncode == 1
    assert "held by another broker" in err.decode()
    assert "Traceback" not in err.decode()
