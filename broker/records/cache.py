"""What was read of tokens, so that it need not be read again: hits and misses, the ones used last."""

from broker.records.rows import Token


class TokenCache:
    """At most `limit` keys. What is written while it is being read wins over what was read."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: dict[str, Token | None] = {}
        self._reading: dict[str, set[int]] = {}
        """Reads that have begun since the key was written last."""
        self._number = 0

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> Token | None:
        """None: there is none. `KeyError`: nobody knows."""
        found = self._known.pop(key)
        self._known[key] = found  # at the end: the first is the one that was not used for the longest time
        return found

    def begin(self, key: str) -> int:
        """It is being read from now on."""
        self._number += 1
        self._reading.setdefault(key, set()).add(self._number)
        return self._number

    def end(self, key: str, number: int, found: Token | None) -> None:
        """This was read; it counts unless it was written in between."""
        if self.abandon(key, number):
            self._put(key, found)

    def abandon(self, key: str, number: int) -> bool:
        """It is not read any more; whether it was not written in between."""
        reads = self._reading.get(key, set())
        if number not in reads:
            return False
        reads.remove(number)
        if not reads:
            del self._reading[key]
        return True

    def put(self, key: str, token: Token | None) -> None:
        """It was written."""
        self._reading.pop(key, None)
        self._put(key, token)

    def discard(self, key: str) -> None:
        """Nobody knows what is in the table."""
        self._reading.pop(key, None)
        self._known.pop(key, None)

    def clear(self) -> None:
        self._reading.clear()
        self._known.clear()

    def _put(self, key: str, token: Token | None) -> None:
        self._known.pop(key, None)
        self._known[key] = token
        if len(self._known) > self._limit:
            del self._known[next(iter(self._known))]
