"""`switchboard demo`, as somebody meets it who just got the code."""

import asyncio
import re
import signal
import socket
import sys

import aiohttp
import pytest

from broker.cli import demo_parts

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
