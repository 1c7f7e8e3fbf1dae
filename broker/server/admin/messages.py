"""Messages of the store as answers: their payloads with the same secrets masked as in the event stream."""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from aiohttp import web

from broker.server.admin.jsontext import write
from broker.server.admin.redaction import masked

LARGEST_PAGE = 1000
USUAL_PAGE = 100
LAST_ID = 2**63 - 1
_SHOWN = 1024


def page(rows: Sequence[dict[str, Any]], limit: int, head: dict[str, Any]) -> web.Response:
    """`head` and the first `limit` of `rows` as `messages`; where there are more, `next` is the following `after`."""
    members = {**head, "next": rows[limit - 1]["id"]} if len(rows) > limit else head
    lead = write(members)[:-1] + (b"," if members else b"")
    messages = b",".join(message(row) for row in rows[:limit])
    return web.Response(body=b'%b"messages":[%b]}' % (lead, messages), content_type="application/json")


def message(row: dict[str, Any]) -> bytes:
    """One message as JSON. `payload` is text, or its bytes, and stays as it is written: 1.50 stays 1.50."""
    rest = {name: error_text(value) if name == "error" else value for name, value in row.items() if name != "payload"}
    payload = row["payload"]
    raw = payload if isinstance(payload, bytes) else payload.encode("utf-8", "replace")
    return b'%b,"payload":%b}' % (write(rest)[:-1], shown(raw))


def shown(raw: bytes) -> bytes:
    """A payload with its secrets masked; as a text, cut to 1024 characters, where it is no JSON after all."""
    clean = masked(raw)
    try:
        msgspec.json.decode(clean)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return json.dumps(clean.decode("utf-8", "replace")[:_SHOWN]).encode()
    return clean


def error_text(error: Any) -> Any:
    """What an upstream said when it refused a message, without the user of a URL in it."""
    return json.loads(masked(json.dumps(error).encode())) if isinstance(error, str) else error
