"""Secondaries: the upstreams that see what the station sends, and whose answers it never gets."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from broker.config.base import Fault, Faults, Globs, Model, Seconds, Text, each_once, one_or_many

_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


class Grant(StrEnum):
    """A class of commands that may change where the station connects, whom it trusts, or what it runs."""

    NETWORK = "network"
    CERTIFICATES = "certificates"
    FIRMWARE = "firmware"
    LOGS = "logs"


def _grants(value: Any) -> Any:
    if value == "all":
        return list(Grant)
    return [] if value == "none" else one_or_many(value)


Grants = Annotated[
    list[Grant],
    AfterValidator(each_once),
    BeforeValidator(_grants, json_schema_input_type=Literal["all", "none"] | Grant | list[Grant]),
]
"""What an upstream may do beyond the harmless; `all` and `none` in one word."""

Replayed = Literal["boot", "status"]


def _replay(value: Any) -> Any:
    return [] if value == "none" else one_or_many(value)


Replay = Annotated[
    list[Replayed],
    AfterValidator(each_once),
    BeforeValidator(_replay, json_schema_input_type=Literal["none"] | Replayed | list[Replayed]),
]
"""What an upstream is told when it joins; `none` for nothing."""


def everything() -> list[Replayed]:
    """The default of `replay`."""
    return ["boot", "status"]


def _commands(value: Any) -> Any:
    """Checked at once, so that no fault speaks of members of a union."""
    if value in ("none", "all"):
        return value
    value = one_or_many(value)
    if not isinstance(value, list):
        raise ValueError("none, all, or a list of actions")
    Faults.check(
        Fault((index,), "the name of an action, such as TriggerMessage (none and all stand alone)")
        for index, action in enumerate(value)
        if not isinstance(action, str) or action in ("none", "all") or _ACTION.fullmatch(action) is None
    )
    return value


Commands = Annotated[
    Literal["none", "all"] | list[str],
    BeforeValidator(_commands, json_schema_input_type=Text | list[Text]),
]
"""What a secondary may send to the station."""

_Pseudonym = Literal["idTag", "serial"]


class Filter(Model):
    """What a secondary gets less of. Of a transaction that it gets, nothing is left out but meter values."""

    actions: Globs | None = None
    """Pattern, or list of patterns, of the actions that it gets; absent: all."""
    measurands: Globs | None = None
    """Pattern, or list of patterns, of the measurands that it gets; absent: all."""
    every: Seconds | None = None
    """Seconds between periodic meter values at least; those in between are left out."""
    pseudonymise: Annotated[
        list[_Pseudonym],
        AfterValidator(each_once),
        BeforeValidator(one_or_many, json_schema_input_type=_Pseudonym | list[_Pseudonym]),
    ] = Field(default_factory=list)
    """`idTag`: tokens, `serial`: serial and SIM card numbers; the same one has the same pseudonym always."""


class Secondary(Model):
    """An upstream that sees what the station sends; the station never gets its answers."""

    upstream: Text
    """Name of the upstream."""
    commands: Commands = "none"
    """What it may send to the station: `none`, `all`, or a list of actions; the rest is refused in the station's
    place."""
    grants: Grants = Field(default_factory=list)
    """Which of its commands may change where the station connects, whom it trusts, what it runs, or where its logs go;
    words as in `routes[].grants`."""
    compare: bool = False
    """Compares its answers with the primary's, for `GET /api/v1/compare` and metrics."""
    replay: Replay = Field(default_factory=everything)
    """What it is told when it joins a running session: the last boot, each connector's last status, or `none`."""
    filter: Filter | None = None
    """What it gets less of; absent: it gets everything."""

    def may_command(self, action: str) -> bool:
        """Whether `commands` has the action; whether a grant is needed too is another question."""
        return self.commands == "all" or (isinstance(self.commands, list) and action in self.commands)
