"""The core of OCPP-J 1.6, 2.0.1 and 2.1: frames, messages, error codes, the exchange of one leg, and the schemas.

It turns text into messages and back, says what a malformed frame is to be answered with, knows whose answer a frame
is, and checks payloads against the schemas. It does not know sockets, clocks, logs, plugins, sessions or upstreams:
everything that it needs is passed in, everything that it finds out is a value, and a peer's fault is never an
exception.
"""

from broker.ocpp.errors import ErrorKind, error_code
from broker.ocpp.exchange import Exchange, Pending, Taken, Unmatched
from broker.ocpp.frames import FrameLimits, encode_call, encode_reply, parse
from broker.ocpp.jsontext import JsonFloat
from broker.ocpp.malformed import BadFrame, Malformed, answer_malformed
from broker.ocpp.messages import Call, Reply, ReplyKind
from broker.ocpp.schema import Schemas, Validation, Violation
from broker.ocpp.versions import Version

__all__ = [
    "BadFrame",
    "Call",
    "ErrorKind",
    "Exchange",
    "FrameLimits",
    "JsonFloat",
    "Malformed",
    "Pending",
    "Reply",
    "ReplyKind",
    "Schemas",
    "Taken",
    "Unmatched",
    "Validation",
    "Version",
    "Violation",
    "answer_malformed",
    "encode_call",
    "encode_reply",
    "error_code",
    "parse",
]
