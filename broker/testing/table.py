"""Plugins in a real table, without sockets."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from broker.hooks import (
    Answer,
    BasePlugin,
    Chain,
    ContextFactory,
    Direction,
    Drop,
    Event,
    Plugins,
    PluginSpec,
    Reject,
    begin_record,
    finish_record,
    run_answer,
    run_observe,
    run_on_call,
    run_on_reply,
)
from broker.ocpp import Call, ErrorKind, Reply, Version, error_code
from broker.records import Records
from broker.store import Store
from broker.testing.fakes import StoppedClock, TestSession


class NotForwarded(Exception):
    """The call did not go on to the primary; `outcome` says what became of it."""

    def __init__(self, outcome: Answer | Reject | Drop) -> None:
        super().__init__(repr(outcome))
        self.outcome = outcome


class Dropped(Exception):
    """A plugin dropped the call, so there is no reply."""


class NotKept(Exception):
    """A plugin could not write down what it has to: the broker would not acknowledge the message."""


class PluginFailed(AssertionError):
    """A plugin raised, took too long or returned what its hook does not take; the log holds the traceback."""


class Harness:
    """One or more plugins, built and called as the broker does it, for one station of each version.

    A plugin that fails raises PluginFailed here; set `cut_errors` to see what the broker would make of it instead.
    """

    def __init__(self, *plugins: tuple[type[BasePlugin], Mapping[str, Any]], identity: str = "CP001") -> None:
        self.clock = StoppedClock()
        self.contexts = ContextFactory(clock=self.clock)
        self.store = Store("sqlite://")
        self.records = Records(self.store)
        """What the plugins keep, in memory; `ready` opens it, and so does every method here that calls a plugin."""
        self.contexts.records = self.records
        specs = [PluginSpec(cls.name or cls.__name__, dict(options), cls) for cls, options in plugins]
        self.plugins = Plugins.load(specs, context=self.contexts)
        self.sessions = {version: TestSession(version, identity=identity) for version in Version}
        for session in self.sessions.values():
            session.review = self._review
        self.cut_errors = False
        self._opened = False

    def session(self, version: str) -> TestSession:
        """The station that speaks this version."""
        return self.sessions[Version(version)]

    async def call(
        self,
        version: str,
        action: str,
        payload: dict[str, Any],
        *,
        direction: Direction = Direction.FROM_STATION,
        origin: str = "station",
    ) -> Reply:
        """The reply that the peer gets when the local CSMS is the primary; its payload is checked with the schema.

        What nobody answers gets NotSupported, an action that nobody knows NotImplemented. Raises Dropped,
        PluginFailed, and AssertionError for a result that is not schema-valid.
        """
        await self.ready()
        call = self._call(version, action, payload, origin)
        outcome = await self._outcome(call, direction)
        if isinstance(outcome, Drop):
            raise Dropped(action)
        chain = self._chain(call, direction)
        if isinstance(outcome, Call):
            reply = await self._local(chain, outcome)
        else:
            reply = outcome.reply(call.version) if isinstance(outcome, Reject) else Reply.result(outcome.payload)
        if chain.on_reply:
            reply = await run_on_reply(chain.on_reply, self.sessions[call.version], call, reply)
        await self._record(chain, call, reply)
        self._check_failures()
        self._check_schema(call, reply)
        return reply

    async def forward(
        self,
        version: str,
        action: str,
        payload: dict[str, Any],
        *,
        direction: Direction = Direction.FROM_STATION,
        origin: str = "station",
    ) -> Call:
        """The call as it goes on to the primary (or the station); raises NotForwarded when a plugin ended it."""
        await self.ready()
        outcome = await self._outcome(self._call(version, action, payload, origin), direction)
        if isinstance(outcome, Call):
            return outcome
        raise NotForwarded(outcome)

    async def reply(
        self,
        version: str,
        action: str,
        payload: dict[str, Any],
        reply: Reply,
        *,
        direction: Direction = Direction.FROM_STATION,
    ) -> Reply:
        """The reply as it goes back to who called, after `on_reply` and `record`; raises NotKept."""
        await self.ready()
        call = self._call(version, action, payload, "station")
        chain = self._chain(call, direction)
        changed = await run_on_reply(chain.on_reply, self.sessions[call.version], call, reply)
        await self._record(chain, call, changed)
        self._check_failures()
        return changed

    async def _record(self, chain: Chain, call: Call, reply: Reply) -> None:
        call.answered_by = self.sessions[call.version].answers if call.origin == "station" else "station"
        unkept = await finish_record(begin_record(chain.record, self.sessions[call.version], call, reply))
        if unkept:
            raise NotKept(unkept)

    def observe(self, version: str, event: Event) -> None:
        """Show an event to the observers."""
        chain = self.plugins.table(Version(version)).chain(event.direction, event.action)
        run_observe(chain.observe, self.session(version), event)
        self._check_failures()

    async def operate(self, version: str, name: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run an operation for the station of this version; its result must be JSON.

        Raises what the operation raises, pydantic.ValidationError for wrong `params`, UnknownOperation, PluginFailed.
        """
        await self.ready()
        operation = self.plugins.operation(Version(version), name)
        result = await operation.run(self.session(version), params or {})
        self._check_failures()
        json.dumps(result)
        return result

    async def ready(self) -> "Harness":
        """Open the records; needed only before a test uses `records` by itself."""
        if not self._opened:
            self._opened = True
            await self.store.open()
            await self.records.load()
        return self

    async def stop(self) -> None:
        """End what the plugins have started, and the records."""
        await self.plugins.stop()
        if self._opened:
            await self.store.close()

    async def _review(self, session: TestSession, action: str, payload: dict[str, Any], reply: Reply) -> Reply:
        """A call that a plugin sends passes the handlers too."""
        call = Call.of(action, payload, version=session.version, origin="plugin")
        chain = self._chain(call, Direction.TO_STATION)
        outcome = await run_on_call(chain.on_call, session, call)
        if isinstance(outcome, Answer):
            reply = Reply.result(outcome.payload)
        elif isinstance(outcome, Reject):
            reply = outcome.reply(call.version)
        reply = await run_on_reply(chain.on_reply, session, call, reply)
        await self._record(chain, call, reply)
        return reply

    def _call(self, version: str, action: str, payload: dict[str, Any], origin: str) -> Call:
        call = Call.of(action, payload, version=Version(version), origin=origin)
        call.expects_reply = action not in _SENDS
        return call

    def _chain(self, call: Call, direction: Direction) -> Chain:
        return self.plugins.table(call.version).chain(direction, call.action)

    async def _outcome(self, call: Call, direction: Direction) -> Call | Answer | Reject | Drop:
        outcome = await run_on_call(self._chain(call, direction).on_call, self.sessions[call.version], call)
        self._check_failures()
        return outcome

    async def _local(self, chain: Chain, call: Call) -> Reply:
        if chain.answer is None:
            kind = ErrorKind.NOT_SUPPORTED if self._knows(call) else ErrorKind.NOT_IMPLEMENTED
            return Reply.error(error_code(call.version, kind), f"nobody answers {call.action}")
        return await run_answer(chain.answer, self.sessions[call.version], call)

    def _knows(self, call: Call) -> bool:
        return call.action in self.plugins.schemas.actions(call.version)

    def _check_failures(self) -> None:
        failed = [name for name, stats in self.plugins.stats.items() if stats.errors]
        if failed and not self.cut_errors:
            raise PluginFailed(f"{', '.join(failed)} failed: see the log")

    def _check_schema(self, call: Call, reply: Reply) -> None:
        if self._knows(call) and reply.is_result and call.expects_reply:
            violation = self.plugins.schemas.check_result(call.version, call.action, reply)
            if violation is not None:
                raise AssertionError(f"{call.action}: {violation.path}: {violation.message}")


#: Messages of 2.1 that have no answer.
_SENDS: Sequence[str] = ("NotifyPeriodicEventStream",)


def harness(plugin: type[BasePlugin], **config: Any) -> Harness:
    """One plugin with these options, in a real table.

    >>> h = harness(Core, heartbeat_interval=60)
    >>> reply = await h.call("ocpp1.6", "Heartbeat", {})
    """
    return Harness((plugin, config))
