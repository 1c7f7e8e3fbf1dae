"""File work beside the loop."""

import asyncio
import threading

import pytest

from broker.server.files.threads import in_thread


async def test_it_gives_what_the_work_gives():
    assert await in_thread(divmod, 7, 2) == (3, 1)
    assert await in_thread(int, "ff", base=16) == 255
    assert await in_thread(threading.get_ident) != threading.get_ident()


async def test_it_raises_what_the_work_raises():
    with pytest.raises(ZeroDivisionError):
        await in_thread(divmod, 7, 0)


@pytest.mark.parametrize("fails", [False, True])
async def test_who_is_cancelled_waits_for_the_end_of_the_work(fails):
    begun, go_on, ended = threading.Event(), threading.Event(), []

    def work():
        begun.set()
        go_on.wait(10)
        ended.append(True)
        if fails:
            raise OSError("disk full")

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
