"""Running a coroutine without a task until it has to wait.

Most handlers never wait. Stepping a coroutine once by hand costs a fifth of a task, and the ones that do wait go on
in the very same task, under `asyncio.timeout` where the caller wants a limit.
"""

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


def step(coro: Coroutine[Any, Any, T]) -> tuple[bool, Any]:
    """Run `coro` up to its first wait.

    (True, its result) when it never waited; (False, what it waits for) when it did: hand both to `Resume`.
    What the coroutine raises is raised here.
    """
    try:
        return False, coro.send(None)
    except StopIteration as stop:
        return True, stop.value


class Resume(Generic[T]):
    """The rest of a coroutine that `step` has started; await it once, in the task that stepped it.

    >>> done, value = step(coro)
    >>> result = value if done else await Resume(coro, value)
    """

    __slots__ = ("_coro", "_first")

    def __init__(self, coro: Coroutine[Any, Any, T], first: Any) -> None:
        self._coro = coro
        self._first = first

    def __await__(self) -> Generator[Any, Any, T]:
        coro, waiting = self._coro, self._first
        try:
            while True:
                try:
                    sent = yield waiting
                except GeneratorExit:
                    coro.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - cancellation too belongs to the coroutine
                    waiting = coro.throw(error)
                else:
                    waiting = coro.send(sent)
        except StopIteration as stop:
            result: T = stop.value
            return result
