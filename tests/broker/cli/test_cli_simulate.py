"""`switchboard simulate`, as a process against a CSMS of its own kind."""

import asyncio
import json
import signal
import ssl
import sys

import pytest

import certs
from broker.simulate import SimulatedCsms


async def simulate(*arguments: str, until=None) -> tuple[int, str, str]:
    """Run to its end, or until `until` has come true; then Ctrl+C ends it."""
    code = "import sys; from broker.cli import main; sys.argv[0] = 'switchboard'; main()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, "simulate", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    if until is not None:
        await until
        process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture
async def csms():
    async with SimulatedCsms() as running:
        yield running


async def all_said(csms, action: str, *identities: str) -> None:
    for identity in identities:
        await csms.wait_for_call(identity, action, timeout=30)


async def test_stations_of_every_version_live_and_report_at_ctrl_c(csms):
    names = ("CP001", "CP002", "CP003")
    code, out, err = await simulate(
        "--url", csms.url, "-n", "3", "--version", "mixed", "--every", "0.05", "--samples", "1",
        until=all_said(csms, "Authorize", *names),
    )  # fmt: skip
    assert code == 0, err
    assert [version for version in ("ocpp1.6", "ocpp2.0.1", "ocpp2.1") if version not in out] == []
    assert "3 of 3 stations booted" in err
    assert {one.identity for one in csms.calls} == set(names)


async def test_json_gives_the_sum_alone(csms):
    code, out, _ = await simulate(
        "--url", csms.url, "--identity", "X", "--json", until=all_said(csms, "Authorize", "X")
    )
    assert code == 0
    assert json.loads(out) == {"stations": 1, "booted": 1, "transactions": 0}


async def test_nobody_there_is_a_failure_with_its_cause():
    code, _, err = await simulate("--url", "ws://127.0.0.1:1/x", "--seconds", "0.5", "-q")
    assert code == 1
    assert "0 of 1 stations booted" in err
    assert "CP001" in err


async def test_mutual_tls_with_the_files_of_the_pki(tmp_path):
    layout = certs.init(tmp_path, organization="Test")
    certs.issue_server(tmp_path, ["127.0.0.1", "localhost"])
    issued = certs.issue_station(tmp_path, "CP001")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pair = layout.server(certs.KeyType.ECDSA)
    context.load_cert_chain(pair.certificate, pair.key)
    context.load_verify_locations(layout.station_ca.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    async with SimulatedCsms(tls=context) as csms:
        files = ("--ca", layout.root_ca.certificate, "--cert", issued.certificate, "--key", issued.key)
        booted = all_said(csms, "Authorize", "CP001")
        code, _, err = await simulate("--url", csms.url, "-q", *map(str, files), until=booted)
        assert code == 0, err
        assert csms.handshakes[0].certificate is not None


def test_files_that_do_not_fit_are_told(invoke, tmp_path):
    (tmp_path / "x.pem").write_text("nonsense")
    done = invoke("simulate", "--url", "wss://x.invalid", "--ca", "x.pem")
    assert done.exit_code == 2
    assert "cannot use x.pem" in done.stderr
    assert invoke("simulate", "--url", "wss://x.invalid", "--key", "x.pem").exit_code == 2


def test_one_identity_is_one_station(invoke):
    done = invoke("simulate", "--url", "ws://x.invalid", "--identity", "A", "-n", "2")
    assert done.exit_code == 2
    assert "single station" in done.stderr


async def test_a_url_that_is_no_websockets_is_a_usage_error():
    code, _, err = await simulate("--url", "http://127.0.0.1:9/ocpp")
    assert code == 2
    assert "expected ws:// or wss://, found http://127.0.0.1:9/ocpp" in err
