"""How deep a JSON text nests, without parsing it: a parser that recurses must not see what is too deep."""

from itertools import accumulate

_BRACKETS = b"[{]}"
_NOT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
#: One up, one down: as signed bytes, 1 and -1.
_STEPS = bytes.maketrans(_BRACKETS, b"\x01\x01\xff\xff")


def too_deep(text: str, depth: int) -> bool:
    """Return True when `text` nests arrays and objects more than `depth` levels.

    Exact for JSON, linear for anything. What is not JSON may get either verdict; the parser refuses it in any case.
    """
    if text.count("[") + text.count("{") <= depth:
        return False
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:  # an escaped quote does not end its string
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    outside_strings = b"".join(data.split(b'"')[::2])
    steps = memoryview(outside_strings.translate(_STEPS, _NOT_BRACKETS)).cast("b")
    return max(accumulate(steps), default=0) > depth
