"""The demo's life, piece by piece; the whole is in test_cli_demo.py."""

import socket
from types import SimpleNamespace

import pytest

from broker.cli import demo_parts, demo_run
from broker.hooks import Direction, Event
from broker.ocpp import Version

SESSION = SimpleNamespace(identity="CP1", version=Version.V16)


async def test_a_port_that_is_taken_in_between_is_no_failure(tmp_path, monkeypatch):
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


@pytest.mark.parametrize(
    ("kind", "raw", "outcome", "payload"),
    [
        ("call", b'{"a":1}', "", {"a": 1}),
        ("reply", b'{"a":1}', "result", {"a": 1}),
        ("reply", b'"NotSupported","no",{}', "error", ["NotSupported", "no", {}]),
        ("malformed", b"rubbish", "", None),
    ],
)
def test_an_event_becomes_a_message(kind, raw, outcome, payload):
    event = Event(kind, 1.5, Direction.TO_STATION, "csms", "Reset", "1", raw, outcome)
    message = demo_run.message_of(SESSION, event)
    assert (message.payload, message.from_station, message.identity) == (payload, False, "CP1")


def test_the_folder_is_gone_even_after_a_failure():
    seen = []

    def failing():
        with demo_run._folder() as folder:
            (folder / "x").write_text("x")
            seen.append(folder)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert not seen[0].exists()
