"""`switchboard demo`, as somebody meets it who just got the code."""

import asyncio
import re
import signal
import socket
import ssl
import sys

import aiohttp
import pytest

from broker.cli import demo_parts
from broker.cli.console import Style
from broker.cli.demo_header import header, own_command
from broker.config import load
from broker.ocpp import Version

START = "import sys; from broker.cli import main; sys.argv[0] = 'switchboard'; main()"


class Demo:
    """A running demo, its lines so far, its temporary folder."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []

    async def until(self, pattern: str) -> re.Match[str]:
        """Read until a line matches; gives the match."""
        async with asyncio.timeout(40):
            while line := (await self.process.stdout.readline()).decode():
                self.lines.append(line.rstrip("\n"))
                if found := re.search(pattern, line):
                    return found
        raise AssertionError(f"no line with {pattern} in:\n" + "\n".join(self.lines))

    async def end(self) -> tuple[int, str]:
        """Wait for its end; gives exit code and standard error."""
        _, err = await self.process.communicate()
        return self.process.returncode, err.decode()


@pytest.fixture
async def demo(tmp_path, monkeypatch):
    """Start a demo whose temporary files go below tmp_path."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "cwd").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    started = []

    async def start(*arguments: str) -> Demo:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", START, "demo", *arguments, cwd=tmp_path / "cwd",
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return Demo(process)

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


def left(tmp_path) -> list[str]:
    return [path.name for folder in ("tmp", "cwd") for path in (tmp_path / folder).iterdir()]


async def test_stations_of_all_versions_charge_and_the_metrics_move(demo, tmp_path):
    running = await demo()
    admin = (await running.until(r"Admin +(http://127\.0\.0\.1:\d+)$")).group(1)
    await running.until("Ctrl.C ends the demo")
    for pattern in (
        r"CP-16-1 .* -> StartTransaction +connector 1, idTag DEMO-TAG",
        r"CP-201-1 .* -> TransactionEvent +Started",
        r"CP-21-1 .* -> TransactionEvent +Started",
        r"CP-16-1 .* <= MeterValues +\(\d+\.\d ms\)",
    ):
        await running.until(pattern)
    async with aiohttp.ClientSession() as client, client.get(admin + "/metrics") as answer:
        text = await answer.text()
    assert 'action="StartTransaction"' in text
    running.process.send_signal(signal.SIGINT)
    code, err = await running.end()
    assert code == 0
    assert "Demo over" in err
    assert left(tmp_path) == []


async def test_the_printed_command_reaches_a_station(demo):
    running = await demo("--seconds", "30")
    found = await running.until(r"switchboard call (CP-16-1) (TriggerMessage) '(.*)' (.*)$")
    await running.until(r"CP-16-1 .* BootNotification")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", START, "call", *found.group(1, 2, 3), *found.group(4).split(),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    assert out.decode().split() == ["{", '"status":', '"Accepted"', "}"]
    await running.until(r"CP-16-1 .* <- TriggerMessage +Heartbeat")
    running.process.send_signal(signal.SIGTERM)
    assert (await running.end())[0] == 0


async def test_it_ends_by_itself_after_its_time_and_needs_no_particular_port(demo, tmp_path):
    taken = []
    for port in demo_parts.PORTS.values():
        listener = socket.socket()
        try:
            listener.bind(("127.0.0.1", port))
            listener.listen()
        except OSError:  # somebody else has it, which is as good
            listener.close()
        else:
            taken.append(listener)
    running = await demo("--seconds", "3")
    code, err = await running.end()
    for listener in taken:
        listener.close()
    assert code == 0, err
    assert left(tmp_path) == []


async def test_a_port_that_is_taken_in_between_is_no_failure(tmp_path, monkeypatch):
    from broker.cli import demo_run

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setattr(demo_parts, "free_ports", lambda: {"plain": 0, "secure": 0, "admin": port})
        demo_parts.make_certificates(tmp_path)
        broker, ports = await demo_run._started(tmp_path, "ws://127.0.0.1:1/x", demo_parts.Secrets(tmp_path))
        await broker.stop()
    assert set(ports) == {"plain", "secure"}
    assert not broker.admin_url.endswith(f":{port}")


def test_each_version_and_each_profile_with_credentials_has_its_station():
    assert {actor.version for actor in demo_parts.ACTORS} == set(Version)
    assert {actor.profile for actor in demo_parts.ACTORS} == {1, 2, 3}


def test_its_secrets_are_for_its_owner_alone(tmp_path):
    hidden = demo_parts.Secrets(tmp_path)
    path = demo_parts.write_config(tmp_path, "ws://127.0.0.1:1/csms", hidden, {"plain": 0, "secure": 0, "admin": 0})
    assert [file.stat().st_mode & 0o777 for file in (path, hidden.token_file)] == [0o600, 0o600]
    assert load(path).warnings() == []


def test_only_the_station_of_profile_3_shows_a_certificate(tmp_path):
    demo_parts.make_certificates(tmp_path)
    hidden = demo_parts.Secrets(tmp_path)
    stations = demo_parts.make_stations(tmp_path, hidden, {"plain": 1, "secure": 2})
    assert [station.url for station in stations] == [
        "ws://127.0.0.1:1/ocpp/CP-16-1", "wss://127.0.0.1:2/ocpp/CP-201-1", "wss://127.0.0.1:2/ocpp/CP-21-1",
    ]  # fmt: skip
    assert sorted(hidden.passwords) == ["CP-16-1", "CP-21-1"]


def test_the_header_is_aligned_with_and_without_colour(tmp_path):
    def shown(on: bool) -> str:
        return header(
            Style(on), ports={"plain": 1, "secure": 2}, admin_url="http://127.0.0.1:3", upstream="ws://x/csms",
            token_file=tmp_path / "token",
        )  # fmt: skip

    assert re.sub(r"\x1b\[[\d;]*m", "", shown(True)) == shown(False)
    assert "http://127.0.0.1:3/metrics" in shown(False)


def test_the_usual_admin_address_need_not_be_typed(tmp_path):
    text = header(
        Style(False), ports={"plain": 1, "secure": 2}, admin_url="http://127.0.0.1:8080", upstream="x",
        token_file=tmp_path / "token",
    )  # fmt: skip
    assert "--admin" not in text


def test_the_command_is_printed_as_it_was_called(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [".venv/bin/switchboard"])
    assert own_command() == ".venv/bin/switchboard"
    monkeypatch.setattr(sys, "argv", ["/elsewhere/bin/switchboard"])
    assert own_command() == "/elsewhere/bin/switchboard"
    monkeypatch.setattr(sys, "argv", ["__main__.py"])
    assert own_command() == "switchboard"


def test_the_tls_context_of_a_station_checks_the_server(tmp_path):
    demo_parts.make_certificates(tmp_path)
    context = demo_parts._tls(tmp_path, demo_parts.ACTORS[1])
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
