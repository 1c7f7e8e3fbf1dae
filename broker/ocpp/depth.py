"""How deep a JSON text nests, without parsing it: a parser that recurses must not see what is too deep."""

_ALIKE = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def too_deep(text: str, depth: int) -> bool:
    """Return True when `text` nests arrays and objects more than `depth` levels.

    Exact for JSON. For what is not JSON it errs towards False and leaves the verdict to the parser, but never for a
    text whose unmatched brackets alone go deeper. Linear but for the factor `depth`.
    """
    if text.count("[") + text.count("{") <= depth:
        return False
    data = text.encode("utf-8", "surrogatepass")
    if b"\\" in data:  # an escaped quote does not end its string
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    brackets = b"".join(data.split(b'"')[::2]).translate(_ALIKE, _NOT_BRACKETS)
    for _ in range(depth):  # each round takes the innermost level away
        inner = brackets.replace(b"[]", b"")
        if not inner:
            return False
        if len(inner) == len(brackets):
            return len(inner) > depth
        brackets = inner
    return True
