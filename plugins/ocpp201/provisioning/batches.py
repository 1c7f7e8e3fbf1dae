"""Many items in as many calls as the station takes (DeviceDataCtrlr.ItemsPerMessage and BytesPerMessage)."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Item = dict[str, Any]

#: `[2,"<36 characters>","SetVariables",]`, and what a station may count besides.
_FRAME = 100


def batches(
    items: Sequence[Item], payload: Callable[[Sequence[Item]], Any], *, most: int | None, size: int | None
) -> Iterator[Sequence[Item]]:
    """The items in order, at most `most` at once, and in frames of at most `size` bytes.

    `payload` makes the payload of some items. One that is too large by itself goes alone: the station says so.
    """
    limit = most if most is not None and most > 0 else len(items)
    room = (size if size is not None and size > 0 else 0) - _FRAME - _bytes(payload([]))
    batch: list[Item] = []
    used = 0
    for item in items:
        needed = _bytes(item) + 1
        if batch and (len(batch) >= limit or (size is not None and size > 0 and used + needed > room)):
            yield batch
            batch, used = [], 0
        batch.append(item)
        used += needed
    if batch:
        yield batch


def _bytes(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=True, separators=(",", ":")))
