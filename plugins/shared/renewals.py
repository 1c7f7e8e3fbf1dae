"""Operators who wait for a station to get a new certificate: from the trigger to the station's answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from broker.api import OperationFailed

Key = tuple[str, str]
"""Identity and use of the certificate."""
Outcome = dict[str, Any]


class Renewals:
    """Who waits for what; one for each station and use."""

    def __init__(self) -> None:
        self._waiting: dict[Key, asyncio.Future[Outcome]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def waiting(self, key: Key) -> Iterator[asyncio.Future[Outcome]]:
        """The outcome, once there is one; raises OperationFailed where somebody waits for it already."""
        if key in self._waiting:
            raise OperationFailed("its certificate is being renewed already")
        renewal = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            yield renewal
        finally:
            del self._waiting[key]
            if renewal.done() and not renewal.cancelled():
                renewal.exception()  # looked at: nobody may be waiting for it any more

    def told(self, key: Key, outcome: Outcome | OperationFailed) -> None:
        """Tell the operator who waits for it, if there is one."""
        renewal = self._waiting.get(key)
        if renewal is None or renewal.done():
            return
        if isinstance(outcome, OperationFailed):
            renewal.set_exception(outcome)
        else:
            renewal.set_result(outcome)
