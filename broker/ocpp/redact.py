"""Secrets of messages: what is shown or kept instead of a password or a PIN.

The specifications send secrets in the open inside TLS: AuthorizationKey and BasicAuthPassword as values of
configuration keys and variables, passwords of APN and VPN, user and password in upload URLs, PINs as idTokens of
type KeyCode (2.0.1 C04.FR.04: they shall not be logged).
"""

import json
import re
from typing import Any

MASK = "**********"

_SECRET_NAME = re.compile(
    r"passw|passphrase|authori[sz]ation_?key|secret|private_?key|(?-i:^pin$|_pin$|Pin$)", re.IGNORECASE
)
#: Vendors name keys as they like. As the name of a configuration key or a variable, these mean a secret too.
_SECRET_KEY = re.compile(
    r"pwd|psk|credential|(?:auth|api|access|shared|wpa|vpn|encryption)_?(?:key|token)|(?-i:PIN|Pin)(?![a-z])",
    re.IGNORECASE,
)
#: A payload without any of these has nothing to hide; `\\u` could spell them. Plain searches of lowered bytes, which
#: take a tenth of the time of one pattern without regard to case.
_SUSPECT = (b"passw", b"passphrase", b"secret", b"private", b'pin"', b"keycode", b"vpn", b"@", b"\\u")
_SUSPECT_KEY = (
    *(b"pwd", b"psk", b"credential", b"pin"),
    *(b"authk", b"auth_", b"autht", b"apik", b"api_", b"apit", b"access", b"shared", b"wpa", b"encryption"),
)
_CUSTOMER = "NotifyCustomerInformation"
_AUTHORIZATION_KEY = re.compile(rb"authori[sz]ation_?key")
#: Their payloads name configuration keys (1.6) or variables (2.x) beside values.
_KEYED = frozenset(
    ("ChangeConfiguration", "GetConfiguration", "SetVariables", "GetVariables", "NotifyReport", "NotifyEvent")
)
#: Begins at `://` and not at the scheme, whose many possible beginnings would take time by the square of the length.
_USER_OF_URL = re.compile(r"://[^/\s]+@")
#: The token in a URL of the file endpoint: whoever has it can fetch or bring that file.
_FILE_TOKEN = re.compile(r"(?<=/)[0-9a-f]{40}(?![0-9a-f])")
_FILE_URL = re.compile(rb"/[0-9a-f]{40}")
_VALUES = ("value", "attributeValue", "actualValue", "variableAttribute")


def is_secret_key(name: str) -> bool:
    """Whether a configuration key or variable of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None or _SECRET_KEY.search(name) is not None


def shown_text(text: str) -> str:
    """A text without the user of a URL, and without what makes a URL of the file endpoint a key."""
    if "://" not in text:
        return text
    return _FILE_TOKEN.sub(MASK, _USER_OF_URL.sub(f"://{MASK}@", text))


def redacted(action: str, raw: bytes) -> bytes:
    """What of a message of `action` may be kept: `raw` as JSON, its secrets masked; the same bytes where it has none.

    `raw` is a payload as it stood on the wire, of a CALLERROR too, which becomes `[code, description, details]`; or,
    with an empty `action`, a whole frame that nobody could read.
    """
    if action and raw.lstrip()[:1] == b'"':  # an error's three parts are no JSON by themselves
        raw = b"[%b]" % raw
    if action == _CUSTOMER:
        raw = _without_data(raw)
    return masked(raw, keyed=not action or action in _KEYED)


def _without_data(raw: bytes) -> bytes:
    """NotifyCustomerInformation without what it is for: personal data (2.0.1 N09)."""
    try:
        payload = json.loads(raw)
    except (ValueError, RecursionError):
        return json.dumps(MASK).encode()
    if not isinstance(payload, dict) or "data" not in payload:
        return raw
    return json.dumps({**payload, "data": MASK}, separators=(",", ":")).encode()


def masked(raw: bytes, *, keyed: bool = False) -> bytes:
    """The payload `raw` with its secrets masked; the same bytes where it has none.

    `keyed`: it names configuration keys or variables, of which more are taken for secrets.
    """
    if not _suspect(raw, keyed):
        return raw
    try:
        holder = [json.loads(raw)]
    except (ValueError, RecursionError):  # not JSON after all: better nothing than a secret
        return json.dumps(MASK).encode()
    return json.dumps(holder[0], separators=(",", ":")).encode() if _clean(holder, keyed) else raw


def _suspect(raw: bytes, keyed: bool) -> bool:
    lowered = raw.lower()
    if any(word in lowered for word in _SUSPECT) or (keyed and any(word in lowered for word in _SUSPECT_KEY)):
        return True
    if b"://" in lowered and _FILE_URL.search(lowered) is not None:
        return True
    return b"authori" in lowered and _AUTHORIZATION_KEY.search(lowered) is not None


def _clean(holder: list[Any], keyed: bool) -> bool:
    """Mask in place what is in `holder`, without recursion; True when something was masked."""
    open_items: list[Any] = [holder]
    changed = False
    while open_items:
        item = open_items.pop()
        if isinstance(item, dict):
            changed |= _clean_object(item, keyed)
        for key, child in list(item.items() if isinstance(item, dict) else enumerate(item)):
            if isinstance(child, (dict, list)):
                open_items.append(child)
            elif isinstance(child, str) and (shown := _text(child)) != child:
                item[key] = shown
                changed = True
    return changed


def _clean_object(item: dict[str, Any], keyed: bool) -> bool:
    secret = [key for key in item if _SECRET_NAME.search(key) and isinstance(item[key], (str, int, float))]
    if _names_secret(item, keyed):
        secret += [key for key in _VALUES if key in item]
    if str(item.get("type", "")).lower() == "keycode" and "idToken" in item:
        secret.append("idToken")
    if (
        "server" in item and "user" in item and "key" in item
    ):  # VPNType: `key` is the shared secret (2.0.1 part 2, 2.56)
        secret.append("key")
    for key in secret:
        item[key] = MASK
    return bool(secret)


def _names_secret(item: dict[str, Any], keyed: bool) -> bool:
    """Whether this object is a configuration key (1.6) or a variable (2.x) that holds a secret."""
    variable = item.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else item.get("key")
    if not isinstance(name, str):
        return False
    return _SECRET_NAME.search(name) is not None or (keyed and _SECRET_KEY.search(name) is not None)


def _text(text: str) -> str:
    """A string without the user of a URL in it; masked whole when it is a private key, or JSON with a secret in it."""
    if "PRIVATE KEY-----" in text:
        return MASK
    if text[:1] in ("{", "[") and masked(text.encode("utf-8", "surrogatepass")) != text.encode(
        "utf-8", "surrogatepass"
    ):
        return MASK
    return shown_text(text)
