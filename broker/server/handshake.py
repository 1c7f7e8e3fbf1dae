"""The WebSocket handshake as a station sent it (RFC 6455 4.2.1), checked before anything is looked up."""

import binascii
from base64 import b64decode

from aiohttp import hdrs
from aiohttp.web_request import BaseRequest

from broker.server.refusal import Refusal

# 7 and 8 are the last drafts, which differ from 13 in a header only; aiohttp speaks them.
_VERSIONS = ("13", "8", "7")
_KEY_BYTES = 16


def fault_in_handshake(request: BaseRequest) -> Refusal | None:
    """What keeps this request from becoming a WebSocket, or None."""
    headers = request.headers
    if headers.get(hdrs.UPGRADE, "").strip().lower() != "websocket":
        # RFC 9110 15.5.22; a browser or a health check ends here.
        return _refused(426, "this is an OCPP WebSocket endpoint", "no Upgrade: websocket", {hdrs.UPGRADE: "websocket"})
    if request.method != hdrs.METH_GET:
        return _refused(400, "a WebSocket handshake is a GET request", f"method {request.method[:20]}")
    tokens = {token.strip().lower() for value in headers.getall(hdrs.CONNECTION, ()) for token in value.split(",")}
    if "upgrade" not in tokens:
        return _refused(400, "the header Connection: Upgrade is missing", "no Connection: Upgrade")
    if headers.get(hdrs.SEC_WEBSOCKET_VERSION, "") not in _VERSIONS:
        return _refused(
            426,
            "this server speaks WebSocket version 13",
            "unsupported Sec-WebSocket-Version",
            {hdrs.SEC_WEBSOCKET_VERSION: "13", hdrs.UPGRADE: "websocket"},
        )
    if not _is_key(headers.get(hdrs.SEC_WEBSOCKET_KEY, "")):
        return _refused(400, "Sec-WebSocket-Key is missing or wrong", "no valid Sec-WebSocket-Key")
    return None


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key.encode("ascii"))) == _KEY_BYTES
    except (binascii.Error, UnicodeError):
        return False


def _refused(status: int, text: str, detail: str, headers: dict[str, str] | None = None) -> Refusal:
    return Refusal(status, "not_websocket", text, detail, headers or {})
