"""What can be read of a frame that the fast parser refused.

Stations send a byte order mark, lone surrogates, missing brackets and worse (field-notes Q-17, Q-18). What is JSON
after all goes through; of the rest the message id is found where it can be, so that the sender gets an answer.
"""

import json
import re
from typing import Any

import msgspec

from broker.ocpp.malformed import BadFrame

#: Longest message id that is taken, in characters. OCPP says 36; stations send more (field-notes Q-11).
LONGEST_ID = 255

_decode_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode
_blank = re.compile(r"[ \t\r\n]*").match
#: Bounded: 255 characters of an id may be 510 escapes. The alternatives exclude one another, so that there is one way
#: only to read a string: were there two, a hostile frame would be tried in 2**510 ways.
_head = re.compile(
    r"[ \t\r\n]{0,64}\[[ \t\r\n]{0,64}([2-6])[ \t\r\n]{0,64},"
    r'(?:[ \t\r\n]{0,64}("(?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u]){0,510}"|-?(?:0|[1-9][0-9]{0,253})(?![0-9])))?'
).match


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


# Numbers stay text here: nobody looks at them, and one of 5,000 digits would raise.
_scan = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=str, parse_float=str).raw_decode


def split(text: str) -> list[bytes] | BadFrame:
    """Return the elements of a JSON array as text, or why there are none. `text` has no lone surrogates."""
    try:
        return [bytes(element) for element in _decode_elements(text)]
    except RecursionError:
        return BadFrame.TOO_DEEP
    except ValueError:
        pass
    try:
        return _split_slowly(text)
    except RecursionError:
        return BadFrame.TOO_DEEP
    except ValueError:
        return BadFrame.NOT_JSON


def _skip_blank(text: str, at: int) -> int:
    found = _blank(text, at)
    return found.end() if found else at


def _split_slowly(text: str) -> list[bytes] | BadFrame:
    """Split with the standard library, which takes lone surrogates in escapes. Raises ValueError."""
    start = _skip_blank(text, 0)
    value, end = _scan(text, start)
    if _skip_blank(text, end) != len(text):
        raise ValueError("text after the end")
    if not isinstance(value, list):
        return BadFrame.NOT_ARRAY
    elements: list[bytes] = []
    at = start
    for _ in value:  # the whole is JSON, so what follows finds what it expects
        at = _skip_blank(text, at + 1)
        _, end = _scan(text, at)
        elements.append(text[at:end].encode())
        at = _skip_blank(text, end)
    return elements


def read_id(element: bytes) -> tuple[str, bytes] | None:
    """Return a message id as text and as JSON, or None where it is none: no string, no number, or too long.

    An id is an opaque token: any string up to 255 characters, the empty one included, and any number.
    """
    if element[:1] == b'"':
        if len(element) > 12 * LONGEST_ID + 2:
            return None
        try:
            text = json.loads(element)
        except ValueError:
            return None
        if len(text) > LONGEST_ID:
            return None
        # A lone surrogate is legal in JSON and breaks whatever writes it as UTF-8.
        return text.encode("utf-8", "backslashreplace").decode(), element
    if element[:1] in b"-0123456789" and len(element) <= LONGEST_ID:
        return element.decode(), element
    return None


def recover(text: str) -> tuple[str, str | None, bytes | None]:
    """Return message type, id and id as JSON of what looks like the beginning of a frame; what is not found is empty.

    The type is one of 2 to 6. An id that is itself no JSON is not given: it could not be echoed.
    """
    found = _head(text)
    if found is None:
        return "", None, None
    try:
        element = (found[2] or "").encode()
    except UnicodeEncodeError:
        return found[1], None, None
    ids = read_id(element) if _is_number_or_string(element) else None
    return (found[1], *ids) if ids else (found[1], None, None)


def _is_number_or_string(element: bytes) -> bool:
    try:
        return isinstance(_scan(element.decode())[0], str)
    except ValueError:
        return False
