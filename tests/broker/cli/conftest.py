"""A runner of commands, and an admin listener that answers what a test tells it to."""

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from typer.testing import CliRunner

from broker.cli import app


class FakeAdmin:
    """Answers by (method, path): a status and a body. Remembers what was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, object]] = {}
        self.events: list[dict] = []
        self.asked: list[dict] = []
        self.url = ""

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        body = json.loads(handler.rfile.read(length)) if length else None
        path, _, query = handler.path.partition("?")
        token = handler.headers.get("Authorization")
        self.asked.append(
            {"method": handler.command, "path": path, "query": query, "body": body, "authorization": token}
        )
        if path == "/api/v1/events":
            self._stream(handler)
            return
        status, answer = self.answers.get((handler.command, path), (404, {"title": "Not found", "detail": "no path"}))
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def _stream(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.end_headers()
        handler.wfile.write(b": watching\n\n: heartbeat\n\n")
        for number, event in enumerate(self.events):
            text = json.dumps(event)
            handler.wfile.write(f"id: {number}\nevent: message\ndata: {text}\n\n".encode())


@pytest.fixture
def admin():
    fake = FakeAdmin()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            fake.handle(self)

        def do_POST(self):
            fake.handle(self)

        def do_PUT(self):
            fake.handle(self)

        def do_DELETE(self):
            fake.handle(self)

        def log_message(self, *_):
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def invoke(tmp_path, monkeypatch, admin):
    """Run `switchboard ...` in an empty folder, against the fake admin listener; log settings end with it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    monkeypatch.chdir(tmp_path)
    for name in ("SWITCHBOARD_TOKEN", "SWITCHBOARD_TOKEN_FILE", "SWITCHBOARD_CONFIG", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SWITCHBOARD_ADMIN", admin.url)
    monkeypatch.setenv("COLUMNS", "200")
    runner = CliRunner()
    yield lambda *arguments, **options: runner.invoke(app, [str(one) for one in arguments], **options)
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
