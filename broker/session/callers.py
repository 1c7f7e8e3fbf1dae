"""Who waits for the reply to a call that is not another leg's: the API, or a plugin."""

import asyncio
from typing import Any

from broker.hooks import Direction
from broker.hooks.call_errors import CallFailed
from broker.ocpp import Call, Pending, Reply


class Caller:
    """Stands where a leg would stand as the owner of a call, and turns its reply into a future."""

    __slots__ = ("future", "name", "pending", "timeout", "validated")

    aside = False
    direction = Direction.TO_STATION
    socket = None
    """A caller has no connection that it could lose."""

    def __init__(self, name: str, timeout: float | None = None, *, validated: bool = False) -> None:
        self.name = name
        self.validated = validated
        """Whether the payload is to go out, and the reply to come back, as they are: an operator may have to send what
        the schema does not allow, and wants to see what the station makes of it."""
        self.timeout = timeout
        """Seconds for the whole call, waiting included; None for the leg's own limit."""
        self.pending: Pending | None = None
        self.future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def answer(self, call: Call, reply: Reply, producer: Any = None) -> bool:
        if self.future.done():
            return False
        self.future.set_result(reply)
        return True

    def fail(self, error: CallFailed) -> None:
        if not self.future.done():
            self.future.set_exception(error)
            self.future.exception()  # whoever called may have been cancelled meanwhile; then nobody looks
