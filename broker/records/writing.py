"""A commit whose outcome is taken note of, whoever still waits for it."""

import asyncio
from collections.abc import Callable, Sequence

from broker.store import Op, Store


async def written(store: Store, ops: Sequence[Op], then: Callable[[bool], None]) -> None:
    """Commit these; `StoreFailed` where they could not be.

    `then(committed)` is called before this returns, and also where whoever waits has been cancelled: the commit is made
    all the same.
    """
    future = store.write(ops)
    if not future.done():
        future.add_done_callback(lambda done: then(done.exception() is None))
        await asyncio.shield(future)
        return
    then(future.exception() is None)
    await future
