"""Fair sharing of what a site can carry: everybody the same, and what one cannot use is for the others."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def shares(limit: float, wants: Mapping[K, float | None]) -> dict[K, float]:
    """What each one gets of `limit`; a want of None is without end.

    Nobody gets more than it wants, all of them together not more than `limit`, and who gets less than it wants gets at
    least as much as every other (max-min fairness).
    """
    found: dict[K, float] = {}
    left = max(0.0, limit)
    ascending = sorted(wants, key=lambda key: (wants[key] is None, wants[key] or 0.0))
    for number, key in enumerate(ascending):
        even = left / (len(ascending) - number)
        want = wants[key]
        found[key] = even if want is None else min(max(0.0, want), even)
        left = max(0.0, left - found[key])
    return found


def allowed(limit: float, wants: Mapping[K, float | None], key: K, promised: Mapping[K, float]) -> float:
    """What `key` may get now: its share, as long as no other still holds more than its own.

    `promised`: what stations have accepted for their transactions, which counts until they have accepted less.
    """
    fair = shares(limit, wants)
    others = sum(promised.get(other, share) for other, share in fair.items() if other != key)
    return max(0.0, min(fair[key], limit - others))
