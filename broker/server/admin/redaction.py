"""Secrets of messages: what the live view shows instead of a password or a PIN.

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
#: A payload without any of these has nothing to hide; `\\u` could spell them.
_SUSPECT = re.compile(
    rb"passw|passphrase|authori[sz]ation_?key|secret|private_?key|pin\"|keycode|vpn|@|\\u", re.IGNORECASE
)
#: Begins at `://` and not at the scheme, whose many possible beginnings would take time by the square of the length.
_USER_OF_URL = re.compile(r"://[^/\s]+@")
_VALUES = ("value", "attributeValue", "actualValue", "variableAttribute")


def masked(raw: bytes) -> bytes:
    """The payload `raw` with its secrets masked; the same bytes where it has none."""
    if _SUSPECT.search(raw) is None:
        return raw
    try:
        holder = [json.loads(raw)]
    except (ValueError, RecursionError):  # not JSON after all: better nothing than a secret
        return json.dumps(MASK).encode()
    return json.dumps(holder[0], separators=(",", ":")).encode() if _clean(holder) else raw


def _clean(holder: list[Any]) -> bool:
    """Mask in place what is in `holder`, without recursion; True when something was masked."""
    open_items: list[Any] = [holder]
    changed = False
    while open_items:
        item = open_items.pop()
        if isinstance(item, dict):
            changed |= _clean_object(item)
        for key, child in list(item.items() if isinstance(item, dict) else enumerate(item)):
            if isinstance(child, (dict, list)):
                open_items.append(child)
            elif isinstance(child, str) and (shown := _text(child)) != child:
                item[key] = shown
                changed = True
    return changed


def _clean_object(item: dict[str, Any]) -> bool:
    secret = [key for key in item if _SECRET_NAME.search(key) and isinstance(item[key], (str, int, float))]
    if _names_secret(item):
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


def _names_secret(item: dict[str, Any]) -> bool:
    """Whether this object is a configuration key (1.6) or a variable (2.x) that holds a secret."""
    variable = item.get("variable")
    name = variable.get("name") if isinstance(variable, dict) else item.get("key")
    return isinstance(name, str) and _SECRET_NAME.search(name) is not None


def _text(text: str) -> str:
    """A string without the user of a URL in it; masked whole when it is JSON that holds a secret (DataTransfer)."""
    if text[:1] in ("{", "[") and masked(text.encode("utf-8", "surrogatepass")) != text.encode(
        "utf-8", "surrogatepass"
    ):
        return MASK
    return _USER_OF_URL.sub(f"://{MASK}@", text) if "@" in text else text
