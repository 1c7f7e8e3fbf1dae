"""Background tasks: named, kept alive, never silent."""

import asyncio
import gc
import logging
import weakref

import pytest

from broker import tasks
from broker.tasks import spawn


async def test_a_task_has_its_name_and_gives_its_result():
    async def work():
        return asyncio.current_task().get_name()

    assert await spawn(work(), name="a name") == "a name"


async def test_a_task_that_nobody_holds_is_not_collected_before_it_is_done():
    done = asyncio.Event()
    waited_for = []

    async def work():
        waiting = asyncio.get_running_loop().create_future()  # held by the task alone, as it holds the task
        waited_for.append(weakref.ref(waiting))
        await waiting
        done.set()

    spawn(work(), name="unheld")
    await asyncio.sleep(0)
    gc.collect()
    waiting = waited_for[0]()
    assert waiting is not None
    waiting.set_result(None)
    async with asyncio.timeout(5):
        await done.wait()
    await asyncio.sleep(0)
    assert tasks._running == set()


async def test_what_a_task_raises_is_logged_with_its_name_and_traceback(caplog):
    async def work():
        raise ValueError("broken")

    task = spawn(work(), name="link main CP001")
    with pytest.raises(ValueError, match="broken"):
        await task
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("broker.tasks", logging.ERROR)
    assert record.getMessage() == "task link main CP001 failed"
    assert record.exc_info[0] is ValueError
    assert tasks._running == set()


async def test_a_cancelled_task_is_no_failure(caplog):
    task = spawn(asyncio.sleep(60), name="sleeper")
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert caplog.records == []
    assert tasks._running == set()


def test_outside_of_a_loop_there_is_nothing_to_run_it():
    work = asyncio.sleep(0)
    with pytest.raises(RuntimeError):
        spawn(work, name="nowhere")
    work.close()
