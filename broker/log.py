"""Logging: one set-up for our own loggers and the libraries', one line an event, no secret in any of it.

Every logger of the process, structlog's or the standard library's, ends in one handler on standard error, as
JSON or as a line for people. What looks like a secret is taken out last, whoever logged it; control characters
are escaped, because an identity or a header is written by a stranger (CWE-117).
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

Format = Literal["auto", "console", "json"]

REDACTED = "***"

_SECRET_KEY = re.compile(
    r"authori[sz]ation(_?key)?$|proxy_authorization$|passw(or)?d|passphrase|secret|credential|private_?key|api_?key"
    r"|cookie|(^|[_-])(access|admin|bearer|auth|csrf|refresh)?[_-]?tokens?$",
    re.IGNORECASE,
)
_SECRET_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{6,}"), r"\1 " + REDACTED),
    (re.compile(r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?)(?!basic|bearer)[^\s\"',}]+"), r"\1" + REDACTED),
    (re.compile(r"(?i)(passw(?:or)?d[\"']?\s*[:=]\s*[\"']?)[^\s\"',}]+"), r"\1" + REDACTED),
    (re.compile(r"(://[^/\s:@]*):[^/\s]+@"), r"\1:" + REDACTED + "@"),  # not from the scheme on: linear in time
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TRACEBACKS = frozenset({"exception", "stack"})
_DEEPEST = 8


def configure(fmt: Format = "auto", level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send every log line of the process to `stream` (standard error).

    `auto` is a line for people on a terminal and JSON anywhere else. `level` is debug, info, warning, error or
    critical. May be called again, on a reload: the newest call counts.
    """
    out = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.ExtraAdder()],
        processors=[*shared, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(fmt, out)],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in [one for one in root.handlers if getattr(one, "of_switchboard", False)]:
        root.removeHandler(old)
    handler.of_switchboard = True  # type: ignore[attr-defined]  # found again by the next call
    root.addHandler(handler)
    root.setLevel(level.upper())


def _renderer(fmt: Format, out: TextIO) -> structlog.typing.Processor:
    people = fmt == "console" or (fmt == "auto" and out.isatty())
    if people:
        return structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: secrets become `***`, control characters their escapes.

    A value is a secret by its key (password, authorization, token, ...) or by its look (a Basic or Bearer
    header, a password in a URL, a private key). idTag and idToken are no credentials of the connection and stay.
    """
    for key, value in event.items():
        if not key.startswith("_"):
            event[key] = _clean(key, value, 0)
    return event


def _clean(key: str, value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if _SECRET_KEY.search(key):
        return REDACTED
    if isinstance(value, str):
        text = without_secrets(value)
        return text if key in _TRACEBACKS else escaped(text)
    if depth >= _DEEPEST:
        return "..."
    if isinstance(value, Mapping):
        return {str(name): _clean(str(name), item, depth + 1) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(key, item, depth + 1) for item in value]
    if isinstance(value, (int, float)):
        return value
    return escaped(without_secrets(str(value)))


def without_secrets(text: str) -> str:
    """`text` with what looks like a credential replaced by `***`."""
    for pattern, instead in _SECRET_TEXT:
        text = pattern.sub(instead, text)
    return text


def escaped(text: str) -> str:
    r"""`text` with control characters as `\xNN`, so that a stranger's text cannot forge a line or drive a terminal."""
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)
