"""A message as one server-sent event (HTML Living Standard 9.2)."""

import json

from broker.hooks import Event, SessionView
from broker.ocpp.redact import masked, redacted

_SHOWN = 1024
_LINE_ENDS = bytes.maketrans(b"\r\n", b"  ")


def frame(number: int, session: SessionView, event: Event) -> bytes:
    """The lines of one event, the empty one at its end included.

    `payload` is the message's own text with secrets masked: an object for a call or a result, `[code, description,
    details]` for an error, a text cut to 1024 characters for what is no JSON.
    """
    head = {
        "kind": event.kind,
        "at": event.at,
        "identity": session.identity,
        "version": str(session.version),
        "direction": str(event.direction),
        "peer": event.peer,
        "action": event.action,
        "message_id": event.message_id,
        "outcome": event.outcome,
    }
    text = json.dumps(head, separators=(",", ":")).encode()[:-1]
    return b'id: %d\nevent: message\ndata: %b,"payload":%b}\n\n' % (number, text, _payload(event))


def _payload(event: Event) -> bytes:
    if event.kind == "malformed":
        return json.dumps(masked(event.raw).decode("utf-8", "replace")[:_SHOWN]).encode()
    raw = event.raw if event.raw.lstrip().startswith(b"{") else b"[%b]" % event.raw
    # Outside of strings a JSON text may hold line ends, inside it must not (RFC 8259 2 and 7): a space is the same.
    return redacted(event.action, raw).translate(_LINE_ENDS)
