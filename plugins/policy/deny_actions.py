"""Policy: which calls may pass, by action, direction and who sends them."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, ClassVar, Literal

import typer
from pydantic import BaseModel, ConfigDict, Field

from broker.api import (
    Answer,
    BasePlugin,
    Call,
    Context,
    Direction,
    Drop,
    ErrorKind,
    Reject,
    Reply,
    Schemas,
    SessionView,
    hookimpl,
    on_call,
)

REJECTED = {"status": "Rejected"}
_REMEMBERED = 10_000

Verdict = Answer | Reject | Drop | None


class Rule(BaseModel):
    """Calls that are denied: all three must fit."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actions: tuple[str, ...] = Field(min_length=1)
    """Patterns with `*`."""
    direction: Direction | None = None
    """None for both."""
    origins: tuple[str, ...] = ("*",)
    """Who sends the call: `station`, an upstream's name, `api`, `plugin`; patterns with `*`."""

    def fits(self, action: str, direction: Direction, origin: str) -> bool:
        return (
            self.direction in (None, direction)
            and any(fnmatchcase(action, pattern) for pattern in self.actions)
            and any(fnmatchcase(origin, pattern) for pattern in self.origins)
        )


class DenyActions(BasePlugin):
    """Denies calls by rule, in words that the sender understands."""

    name = "policy.deny_actions"
    on_error: ClassVar[Literal["skip", "reject"]] = "reject"

    class Config(BasePlugin.Config):
        rules: tuple[Rule, ...] = ()

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self._schemas = Schemas()
        self._verdicts: dict[tuple[str, str, str, bool], Verdict] = {}

    @hookimpl
    def register_commands(self) -> Mapping[str, Any]:
        """`switchboard denied ACTION --direction ... --origin ...`: whether the rules let a call pass."""
        command = typer.Typer(help="Say whether policy.deny_actions lets a call pass.")
        command.command()(self._explain)
        return {"denied": command}

    @on_call("*", "*", direction=Direction.FROM_STATION)
    def from_station(self, session: SessionView, call: Call) -> Verdict:
        """A call of the station."""
        return self._judge(call, Direction.FROM_STATION)

    @on_call("*", "*", direction=Direction.TO_STATION)
    def to_station(self, session: SessionView, call: Call) -> Verdict:
        """A call to the station."""
        return self._judge(call, Direction.TO_STATION)

    def _judge(self, call: Call, direction: Direction) -> Verdict:
        key = (call.version, direction, f"{call.origin} {call.action}", call.expects_reply)
        try:
            return self._verdicts[key]
        except KeyError:
            verdict = self._verdict(call) if self._denied(call.action, direction, call.origin) else None
            if len(self._verdicts) < _REMEMBERED:
                self._verdicts[key] = verdict
            return verdict

    def _denied(self, action: str, direction: Direction, origin: str) -> bool:
        return any(rule.fits(action, direction, origin) for rule in self.config.rules)

    def _verdict(self, call: Call) -> Verdict:
        """`{"status": "Rejected"}` where the action's answer may say so, else the error NotSupported."""
        if not call.expects_reply:
            return Drop()
        known = call.action in self._schemas.actions(call.version)
        if known and self._schemas.check_result(call.version, call.action, Reply.result(REJECTED)) is None:
            return Answer(REJECTED)
        return Reject(ErrorKind.NOT_SUPPORTED, "denied by policy")

    def _explain(self, action: str, direction: Direction = Direction.TO_STATION, origin: str = "api") -> None:
        """Say whether the rules let this call pass; exit code 1 when they do not."""
        denied = self._denied(action, direction, origin)
        typer.echo(f"{action} {direction} of {origin}: {'denied' if denied else 'passes'}")
        if denied:
            raise typer.Exit(1)
