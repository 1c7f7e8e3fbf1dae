"""Running the handlers of a chain on a message.

A handler that is not async is called directly; an async one is stepped, and costs a time limit only when it waits.
Each handler ends before the next begins, in the session's own task, so that what one replaced is what the next sees.

Nothing here raises for what a plugin did. The handlers' time is measured on one message in 31, which keeps two clock
readings a handler out of the other thirty.
"""

import asyncio
from collections.abc import Coroutine
from time import perf_counter
from types import CoroutineType
from typing import Any

from broker.hooks.eager import Resume, step
from broker.hooks.guard import BORDER, BadReturn, Guard, TooSlow
from broker.hooks.outcomes import Answer, Drop, Reject, Replace
from broker.hooks.table import Handler, Handlers
from broker.hooks.views import Event, SessionView
from broker.ocpp import Call, ErrorKind, Reply, error_code
from broker.records import StoreFailed

Outcome = Call | Answer | Reject | Drop

SAMPLE = 31
_FINAL = (Answer, Reject, Drop)


async def run_on_call(handlers: Handlers, session: SessionView, call: Call) -> Outcome:
    """Run the `on_call` handlers: the call to go on with (changed or not), or the outcome that ended it."""
    handlers.runs += 1
    if not handlers.runs % SAMPLE:
        return await _timed_on_call(handlers, session, call)
    for handler in handlers:
        try:
            outcome = handler.call(session, call)
            if outcome is None:
                continue
            if type(outcome) is CoroutineType:
                done, outcome = step(coro := outcome)
                outcome = outcome if done else await _rest(handler.guard, coro, outcome)
            result = _settle_on_call(outcome, call)
        except BORDER as error:
            result = _after_failure(handler, error, call)
        if type(result) in _FINAL:
            return _ended(handlers, handler, result)
        call = result  # type: ignore[assignment]
    return call


async def _timed_on_call(handlers: Handlers, session: SessionView, call: Call) -> Outcome:
    for handler in handlers:
        started = perf_counter()
        try:
            result = _settle_on_call(await finish(handler.guard, handler.call(session, call)), call)
        except BORDER as error:
            result = _after_failure(handler, error, call)
        handler.guard.stats.seconds += (perf_counter() - started) * SAMPLE
        if type(result) in _FINAL:
            return _ended(handlers, handler, result)
        call = result  # type: ignore[assignment]
    return call


def _settle_on_call(outcome: Any, call: Call) -> Outcome:
    """What a handler's return value means for the call."""
    if outcome is None:
        return call
    kind = type(outcome)
    if kind is Replace and isinstance(outcome.payload, dict):
        return call.replaced(outcome.payload)
    if kind in _FINAL and (kind is not Answer or isinstance(outcome.payload, dict)):
        # What cannot be written as JSON is the plugin's failure, and must show here and not at the session.
        if kind is Reject:
            outcome.reply(call.version)
        elif kind is Answer:
            Reply.result(outcome.payload)
        return outcome  # type: ignore[no-any-return]
    raise BadReturn(f"on_call must return Replace, Answer, Reject, Drop or None, not {kind.__name__}")


def _after_failure(handler: Handler, error: BaseException, call: Call) -> Call | Reject:
    handler.failed(error)
    return handler.guard.fallback or call


def _ended(handlers: Handlers, last: Handler, result: Outcome) -> Outcome:
    """The chain ends here; the handlers behind were not called, so they must not count this run."""
    for handler in handlers[handlers.index(last) + 1 :]:
        handler.calls -= 1
    return result


async def run_answer(handler: Handler, session: SessionView, call: Call) -> Reply:
    """The local CSMS's reply to a call. A handler that fails answers InternalError.

    Raises StoreFailed where the handler could not read or write what it needs.
    """
    handler.calls += 1
    started = 0.0 if handler.calls % SAMPLE else perf_counter()
    try:
        outcome = handler.call(session, call)
        if type(outcome) is CoroutineType:
            outcome = await finish(handler.guard, outcome)
        reply = _settle_answer(outcome, call)
    except StoreFailed:
        raise
    except BORDER as error:
        handler.failed(error)
        reply = handler.guard.rejection.reply(call.version)
    if started:
        handler.guard.stats.seconds += (perf_counter() - started) * SAMPLE
    return reply


def _settle_answer(outcome: Any, call: Call) -> Reply:
    kind = type(outcome)
    if kind is Answer:
        outcome = outcome.payload
    if isinstance(outcome, dict):
        return Reply.result(outcome)
    if kind is Reject:
        return outcome.reply(call.version)  # type: ignore[no-any-return]
    if outcome is None and not call.expects_reply:
        return Reply.result(b"{}")
    raise BadReturn(f"answer must return a dict, Answer or Reject, not {kind.__name__}")


async def run_on_reply(handlers: Handlers, session: SessionView, call: Call, reply: Reply) -> Reply:
    """Run the `on_reply` handlers: the reply to go on with, changed or not."""
    handlers.runs += 1
    if not handlers.runs % SAMPLE:
        return await _timed_on_reply(handlers, session, call, reply)
    for handler in handlers:
        try:
            outcome = handler.call(session, call, reply)
            if outcome is None:
                continue
            if type(outcome) is CoroutineType:
                done, outcome = step(coro := outcome)
                outcome = outcome if done else await _rest(handler.guard, coro, outcome)
            reply = _settle_on_reply(handler, outcome, call, reply)
        except BORDER as error:
            reply = _reply_after_failure(handler, error, call, reply)
    return reply


async def _timed_on_reply(handlers: Handlers, session: SessionView, call: Call, reply: Reply) -> Reply:
    for handler in handlers:
        started = perf_counter()
        try:
            outcome = await finish(handler.guard, handler.call(session, call, reply))
            reply = _settle_on_reply(handler, outcome, call, reply)
        except BORDER as error:
            reply = _reply_after_failure(handler, error, call, reply)
        handler.guard.stats.seconds += (perf_counter() - started) * SAMPLE
    return reply


def _settle_on_reply(handler: Handler, outcome: Any, call: Call, reply: Reply) -> Reply:
    if outcome is None:
        return reply
    if outcome is handler.guard.rejection:  # the breaker is open, and the plugin fails closed
        return _failed_reply(reply, call, handler)
    if type(outcome) is Replace and isinstance(outcome.payload, dict) and reply.is_result:
        return reply.replaced(outcome.payload)
    raise BadReturn(f"on_reply must return Replace (for a result) or None, not {type(outcome).__name__}")


def _reply_after_failure(handler: Handler, error: BaseException, call: Call, reply: Reply) -> Reply:
    handler.failed(error)
    return _failed_reply(reply, call, handler) if handler.guard.on_error == "reject" else reply


def _failed_reply(reply: Reply, call: Call, handler: Handler) -> Reply:
    """An error in the place of a reply that a plugin should have looked at and could not."""
    if not reply.is_result:
        return reply
    return Reply.error(error_code(call.version, ErrorKind.INTERNAL), f"plugin {handler.guard.name} failed")


Rest = tuple[Handler, Coroutine[Any, Any, Any]]


def begin_record(handlers: Handlers, session: SessionView, call: Call, reply: Reply) -> list[Rest]:
    """Call the `record` handlers; what the async ones among them have to do is left to `finish_record`, in order."""
    handlers.runs += 1
    rest: list[Rest] = []
    for handler in handlers:
        try:
            outcome = handler.call(session, call, reply)
        except StoreFailed as error:
            rest.append((handler, _raises(error)))
            continue
        except BORDER as error:
            handler.failed(error)
            continue
        if type(outcome) is CoroutineType:
            rest.append((handler, outcome))
    return rest


async def _raises(error: StoreFailed) -> None:
    raise error


async def finish_record(rest: list[Rest]) -> str:
    """Do what the async `record` handlers have to do, one after the other.

    Why something could not be written down that had to be; empty where nothing is missing.
    """
    unkept = ""
    try:
        for handler, coro in rest:
            started = perf_counter()
            try:
                await finish(handler.guard, coro)
            except StoreFailed as error:
                unkept = str(error) or "the store has failed"
            except BORDER as error:
                handler.failed(error)
                if isinstance(error, TooSlow):
                    # It may be well the next time; what a bug does not keep, no repetition would.
                    unkept = f"plugin {handler.guard.name} was too slow"
            handler.guard.stats.seconds += perf_counter() - started
    finally:
        close_record(rest)
    return unkept


def close_record(rest: list[Rest]) -> None:
    """Nobody will do the rest: the broker stops."""
    for _, coro in rest:
        coro.close()


def run_observe(handlers: Handlers, session: SessionView, event: Event) -> None:
    """Show an event to the `observe` handlers."""
    for handler in handlers:
        handler.calls += 1
        started = 0.0 if handler.calls % SAMPLE else perf_counter()
        try:
            handler.call(session, event)
        except BORDER as error:
            handler.failed(error)
        if started:
            handler.guard.stats.seconds += (perf_counter() - started) * SAMPLE


async def finish(guard: Guard, outcome: Any) -> Any:
    """What a plugin's method comes to: of a coroutine its result, within the plugin's time limit.

    Raises what the plugin raises, or TooSlow.
    """
    if type(outcome) is not CoroutineType:
        return outcome
    done, value = step(outcome)
    return value if done else await _rest(guard, outcome, value)


async def _rest(guard: Guard, coro: Coroutine[Any, Any, Any], first: Any) -> Any:
    """The result of a coroutine that is waiting for `first`, within the plugin's time limit."""
    guard.stats.waiting += 1
    limit = asyncio.timeout(guard.time_limit)
    try:
        async with limit:
            return await Resume(coro, first)
    except TimeoutError as error:
        if limit.expired():
            raise TooSlow(f"took longer than {guard.time_limit:g} s") from error
        raise
    finally:
        guard.stats.waiting -= 1
