"""A client of the admin API, on the standard library alone so that a command starts fast."""

import http.client
import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode, urlsplit

from broker.cli.console import BAD_INPUT, fail

DEFAULT_TOKEN_FILE = Path("switchboard.token")


class AdminError(Exception):
    """The broker answered with something else than success. `status` is 0 when it could not be reached."""

    def __init__(self, message: str, *, status: int = 0, body: Any = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = body
        """The decoded answer: a problem detail (RFC 9457) or, of a call, `{"error": {...}}`."""


class AdminClient:
    """The admin listener at `url`. Every method raises AdminError."""

    def __init__(self, url: str, token: str | None, *, timeout: float = 60.0) -> None:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        try:
            port = parts.port
        except ValueError as error:
            raise AdminError(f"{url} is not the address of an admin listener: {error}") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AdminError(f"{url} is not the address of an admin listener: http://HOST:PORT is expected")
        if token and not (token.isascii() and token.isprintable()):
            raise AdminError("the token holds a character that no HTTP header can carry")
        self.url = url
        self._host, self._port, self._tls = parts.hostname, port, parts.scheme == "https"
        self._base = parts.path.rstrip("/")
        self._token, self._timeout = token, timeout

    def __repr__(self) -> str:
        return f"<AdminClient {self._host}:{self._port}>"

    def get(self, path: str) -> Any:
        """GET `path` and give the decoded answer."""
        return self._ask("GET", path, None, self._timeout)

    def post(self, path: str, body: Any = None, *, timeout: float | None = None) -> Any:
        """POST `body` as JSON and give the decoded answer."""
        return self._ask("POST", path, body, timeout or self._timeout)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Any request; gives the decoded answer."""
        return self._ask(method, path, body, self._timeout)

    def events(self, **wanted: str | None) -> Iterator[dict[str, Any]]:
        """The live events, each a decoded `data:` of the stream (HTML Living Standard, 9.2), until it ends."""
        path = with_query("/api/v1/events", **{key: value or None for key, value in wanted.items()})
        connection, response = self._open("GET", path, None, None)
        try:
            data: list[str] = []
            while line := response.readline():
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                if text.startswith("data:"):
                    data.append(text[5:].removeprefix(" "))
                elif not text and data:
                    event = json.loads("\n".join(data))
                    data = []
                    if isinstance(event, dict):
                        yield event
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AdminError(f"the event stream of {self.url} broke off: {error}") from None
        finally:
            response.close()
            connection.close()

    def fetch(self, path: str, into: BinaryIO) -> int:
        """GET `path` and write the answer as it is; the number of its bytes."""
        connection, response = self._open("GET", path, None, self._timeout)
        count = 0
        try:
            while data := response.read(64 * 1024):
                into.write(data)
                count += len(data)
        except (TimeoutError, http.client.HTTPException, ConnectionError) as error:
            raise AdminError(f"the answer of {self.url} broke off: {error}") from None
        finally:
            connection.close()
        if response.length:
            raise AdminError(f"the answer of {self.url} broke off")
        return count

    def _ask(self, method: str, path: str, body: Any, timeout: float) -> Any:
        connection, response = self._open(method, path, body, timeout)
        try:
            return _decoded(response.read())
        except (OSError, http.client.HTTPException) as error:
            raise AdminError(f"the answer of {self.url} broke off: {error}") from None
        finally:
            connection.close()

    def _open(
        self, method: str, path: str, body: Any, timeout: float | None
    ) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = self._connection(timeout)
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            connection.request(method, self._base + path, None if body is None else json.dumps(body).encode(), headers)
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise self._unreached(error, timeout) from None
        if response.status >= 300:
            text = response.read()
            connection.close()
            raise _refused(response.status, _decoded(text))
        return connection, response

    def _unreached(self, error: Exception, timeout: float | None) -> AdminError:
        if isinstance(error, TimeoutError) and timeout is not None:
            return AdminError(f"{self.url} did not answer in {timeout:g} s")
        return AdminError(
            f"cannot reach the broker at {self.url}: {error}. Is it running? `--admin` names another address."
        )

    def _connection(self, timeout: float | None) -> http.client.HTTPConnection:
        if self._tls:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=timeout, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=timeout)


def station_path(identity: str, *rest: str) -> str:
    """The path of a station: its identity may hold anything, so it is percent-encoded whole."""
    return "/".join(["/api/v1/stations", quote(identity, safe=""), *rest])


def outbox_path(identity: str, upstream: str, *rest: str) -> str:
    """The path of an outbox."""
    return "/".join(["/api/v1/outbox", quote(identity, safe=""), quote(upstream, safe=""), *rest])


def file_path(number: str) -> str:
    """The path of a file that a station has brought."""
    return f"/api/v1/files/{quote(number, safe='')}"


def with_query(path: str, **wanted: str | int | None) -> str:
    """`path` with those of the query parameters that are there."""
    query = urlencode({key: value for key, value in wanted.items() if value is not None})
    return f"{path}?{query}" if query else path


def connect(admin: str, token: str | None, token_file: Path | None) -> AdminClient:
    """A client for a command; exits with a readable error when address or token cannot be had."""
    try:
        return AdminClient(admin, token or read_token(token_file))
    except AdminError as error:
        fail(str(error), BAD_INPUT)


def read_token(path: Path | None) -> str | None:
    """The token in `path`, or in ./switchboard.token where nothing is named; None when there is no such file."""
    try:
        return (path or DEFAULT_TOKEN_FILE).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        if path is None:
            return None
        raise AdminError(f"cannot read the token file {path}: there is none") from None
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise AdminError(f"cannot read the token file {path or DEFAULT_TOKEN_FILE}: {reason}") from None


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data) if data else None
    except ValueError:
        return {"detail": data[:500].decode("utf-8", "replace")}


def _refused(status: int, body: Any) -> AdminError:
    told = body if isinstance(body, dict) else {}
    if status == 401:
        hint = "the token is missing or wrong: give --token-file, or SWITCHBOARD_TOKEN in the environment"
        return AdminError(hint, status=status, body=body)
    text = told.get("detail") or told.get("title") or http.client.responses.get(status, "")
    return AdminError(f"{text} (HTTP {status})", status=status, body=body)
