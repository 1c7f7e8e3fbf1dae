"""Just enough WebSocket (RFC 6455) for a load generator and an upstream that cost less than what they measure.

Whole frames only: no fragments, no extensions, text of up to 64 KiB. The load sends fixed, known frames, so a relay
that is right sends nothing else back.
"""

import base64
import hashlib
from typing import NamedTuple

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3
_KEY = "c3dpdGNoYm9hcmQtYmVuYw=="  # 16 bytes; its value means nothing here
_NO_MASK = b"\0\0\0\0"  # a legal key; the receiver unmasks as with any other, and the sender is spared the work

# A CALL of 306 bytes: what performance.md measures with.
METER_VALUES_PAYLOAD = (
    b'{"connectorId":1,"transactionId":17041,"meterValue":[{"timestamp":"2026-05-04T10:15:00.000Z",'
    b'"sampledValue":[{"value":"17042.5","context":"Sample.Periodic",'
    b'"measurand":"Energy.Active.Import.Register","unit":"Wh"},'
    b'{"value":"16.0","measurand":"Current.Import","phase":"L1"}]}]}'
)
NUMBER = b"##########"
"""Where the 10-digit number of a CALL stands in its payload."""
TRANSACTION = b"@"
"""Where the transactionId stands: that of the last StartTransaction, or in 2.x the station's own."""

#: By action; behind a slash, which of its kinds. Without a transactionId a meter value is an ordinary message.
PAYLOADS = {
    "MeterValues": METER_VALUES_PAYLOAD,
    "MeterValues/ordinary": METER_VALUES_PAYLOAD.replace(b'"transactionId":17041,', b""),
    "Heartbeat": b"{}",
    "Authorize": b'{"idTag":"BENCH-TAG"}',
    # No two are the same, or the second would be taken for a repetition of the first.
    "StartTransaction": b'{"connectorId":1,"idTag":"BENCH-TAG","meterStart":10,"timestamp":"2026-01-31T12:00:00.%bZ"}'
    % NUMBER,
    "StopTransaction": b'{"transactionId":%b,"idTag":"BENCH-TAG","meterStop":20,"timestamp":"2026-01-31T12:30:00.%bZ"}'
    % (TRANSACTION, NUMBER),
    "TransactionEvent/Started": b'{"eventType":"Started","timestamp":"2026-01-31T12:00:00.000Z","triggerReason":'
    b'"Authorized","seqNo":0,"transactionInfo":{"transactionId":"%b","chargingState":"Charging"},"evse":{"id":1,'
    b'"connectorId":1},"idToken":{"idToken":"BENCH-TAG","type":"ISO14443"},"meterValue":[{"timestamp":'
    b'"2026-01-31T12:00:00.000Z","sampledValue":[{"value":10,"context":"Transaction.Begin"}]}]}' % TRANSACTION,
    "TransactionEvent/Ended": b'{"eventType":"Ended","timestamp":"2026-01-31T12:30:00.000Z","triggerReason":'
    b'"StopAuthorized","seqNo":1,"transactionInfo":{"transactionId":"%b","stoppedReason":"Local"},"evse":{"id":1,'
    b'"connectorId":1},"idToken":{"idToken":"BENCH-TAG","type":"ISO14443"},"meterValue":[{"timestamp":'
    b'"2026-01-31T12:30:00.000Z","sampledValue":[{"value":20,"context":"Transaction.End"}]}]}' % TRANSACTION,
}
#: What begins a transaction, and what ends it.
ENDS = {"StartTransaction": "StopTransaction", "TransactionEvent/Started": "TransactionEvent/Ended"}


class Frame(NamedTuple):
    """Where one frame stands in a buffer; `mask` is empty for a server's frame."""

    opcode: int
    mask: bytes
    start: int
    end: int


def next_frame(data: bytes, at: int = 0) -> Frame | None:
    """The frame that begins at `at`, or None when the buffer does not hold it wholly yet."""
    if len(data) < at + 2:
        return None
    length = data[at + 1]
    start = at + 2
    masked = length & 0x80
    length &= 0x7F
    if length == 126:
        length = int.from_bytes(data[start : start + 2])
        start += 2
    elif length == 127:
        raise ValueError("a frame of more than 64 KiB has no place in this benchmark")
    mask = b""
    if masked:
        mask = data[start : start + 4]
        start += 4
    end = start + length
    return Frame(data[at] & 0x0F, mask, start, end) if end <= len(data) else None


def unmask(data: bytes, mask: bytes) -> bytes:
    """RFC 6455 5.3, as one XOR of two big integers."""
    size = len(data)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(data) ^ int.from_bytes(key)).to_bytes(size)


def header(opcode: int, length: int, *, masked: bool) -> bytes:
    """All of a frame that stands before its payload."""
    first = bytes((0x80 | opcode,))
    flag = 0x80 if masked else 0
    size = bytes((flag | length,)) if length < 126 else bytes((flag | 126,)) + length.to_bytes(2)
    return first + size + (_NO_MASK if masked else b"")


def frame(opcode: int, payload: bytes, *, masked: bool) -> bytes:
    return header(opcode, len(payload), masked=masked) + payload


def call_of(action: str, number: int, transaction: bytes) -> bytes:
    """A client's whole CALL frame, with all that differs from one to the next."""
    payload = PAYLOADS[action].replace(NUMBER, b"%010d" % number).replace(TRANSACTION, transaction)
    name = action.partition("/")[0].encode()
    return frame(TEXT, b'[2,"%010d","%b",%b]' % (number, name, payload), masked=True)


def version_of(action: str) -> str:
    """The subprotocol of a station that sends it."""
    return "ocpp2.0.1" if action.startswith("TransactionEvent/") else "ocpp1.6"


def transaction_of(message: bytes) -> bytes:
    """The transactionId in a StartTransaction's CALLRESULT."""
    return message.partition(b'"transactionId":')[2].split(b",", 1)[0].rstrip(b"}]")


def call_parts(action: str) -> tuple[bytes, bytes]:
    """A client's CALL frame before and after its 10-digit message id."""
    tail = b'","' + action.partition("/")[0].encode() + b'",' + PAYLOADS[action] + b"]"
    return header(TEXT, len(b'[2,"') + 10 + len(tail), masked=True) + b'[2,"', tail


def upgrade_request(path: str, user: str | None = None, password: str = "", version: str = "ocpp1.6") -> bytes:
    """A station's handshake; with `user`, of security profile 1 or 2 (HTTP Basic)."""
    authorization = ""
    if user is not None:
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        authorization = f"Authorization: Basic {token}\r\n"
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {_KEY}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {version}\r\n{authorization}\r\n"
    ).encode()


def upgrade_response(request: bytes) -> bytes:
    """The 101 to `request`, choosing the subprotocol it offers first."""
    fields = {}
    for line in request.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.lower()] = value.strip()
    key = fields[b"sec-websocket-key"]
    accept = base64.b64encode(hashlib.sha1(key + _GUID, usedforsecurity=False).digest())
    protocol = fields.get(b"sec-websocket-protocol", b"").split(b",")[0]
    chosen = b"Sec-WebSocket-Protocol: " + protocol + b"\r\n" if protocol else b""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n" + chosen + b"\r\n"
    )
