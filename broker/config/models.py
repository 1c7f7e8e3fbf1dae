"""The whole configuration."""

import re
from typing import Any

from pydantic import Field, field_serializer, field_validator, model_validator

from broker.config.authority import Authority
from broker.config.base import ConfigFolder, Faults, Model, Name, accepts
from broker.config.crosscheck import faults
from broker.config.files import Files
from broker.config.listeners import Listener
from broker.config.liveness import Liveness
from broker.config.match import Match
from broker.config.operations import Admin, Limits, Logging, Shutdown
from broker.config.retention import Retention
from broker.config.routes import LOCAL, Route
from broker.config.secrets import MASK
from broker.config.stations import Stations
from broker.config.store import Outbox, Store
from broker.config.tokens import TokenMap
from broker.config.upstreams import Upstream

_PLUGIN = re.compile(r"[A-Za-z_][\w.\-]*(:[A-Za-z_][\w.]*)?")


class PluginEntry(Model):
    """A plugin to load: `name` alone, or `name: {option: value}`."""

    name: str
    """Name of an entry point, `module:Class`, or the name of a plugin in `plugin_dirs`."""
    options: dict[str, Any] = Field(default_factory=dict, repr=False)
    """The plugin's own configuration; the plugin checks it."""

    __get_pydantic_json_schema__ = accepts(
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": {"anyOf": [{"type": "object"}, {"type": "null"}]},
        },
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1 and "name" not in value:
            name, options = next(iter(value.items()))
            if options is not None and not isinstance(options, dict):
                raise ValueError("a mapping of options below the plugin's name")
            return {"name": name, "options": options or {}}
        if isinstance(value, dict) and set(value) <= {"name", "options"} and "name" in value:
            return value
        raise ValueError("a plugin's name, or one mapping {name: {option: value}}")

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if _PLUGIN.fullmatch(name) is None:
            raise ValueError("the name of a plugin, such as ocpp16.core or my_package.my_module:MyPlugin")
        return name

    @field_serializer("options", when_used="json")
    def _masked(self, options: dict[str, Any]) -> dict[str, Any]:
        """An option may be a secret, and only the plugin knows; numbers and truth values are none."""
        plain = (bool, int, float, type(None))
        return {key: value if isinstance(value, plain) else MASK for key, value in options.items()}


def _plain_listener() -> list[Listener]:
    return [Listener(name="plain", bind="127.0.0.1:9000", security_profiles=[0])]


def _local_route() -> list[Route]:
    return [Route(match=Match(), primary=LOCAL)]


class Config(Model):
    """Everything that Switchboard can be told. `broker.config.load` makes it from a file."""

    listeners: list[Listener] = Field(default_factory=_plain_listener, min_length=1)
    """Where stations connect. Default: `plain` on 127.0.0.1:9000 with profile 0, for this machine alone."""
    stations: Stations = Field(default_factory=Stations)
    """Who may connect."""
    tokens: TokenMap = Field(default_factory=dict, repr=False)
    """Who may charge where the broker's own CSMS answers, by idTag or idToken; the API adds to them at run time."""
    upstreams: dict[Name, Upstream] = Field(default_factory=dict)
    """The CSMSs behind the broker, by name."""
    routes: list[Route] = Field(default_factory=_local_route, min_length=1)
    """Who answers which station; the first that matches is taken. Default: `local` for all."""
    plugins: list[PluginEntry] | None = None
    """Plugins in their order; absent: the built-in profile plugins."""
    plugin_dirs: list[ConfigFolder] = Field(default_factory=list)
    """Folders with plugins of your own, one Python file or package each."""
    store: Store = Field(default_factory=Store)
    """Where the broker keeps what must outlive it."""
    outbox: Outbox = Field(default_factory=Outbox)
    """What waits for upstreams."""
    retention: Retention = Field(default_factory=Retention)
    """How long records are kept."""
    files: Files | None = None
    """The file endpoint, where stations fetch firmware and bring logs; absent: there is none."""
    authority: Authority | None = None
    """The certificate authority that signs for stations; absent: no request of a station is signed."""
    admin: Admin = Field(default_factory=Admin)
    """The listener for operators."""
    limits: Limits = Field(default_factory=Limits)
    """What one station, or one address, may take."""
    liveness: Liveness = Field(default_factory=Liveness)
    """How a dead connection to a station is found."""
    shutdown: Shutdown = Field(default_factory=Shutdown)
    """How the broker stops."""
    logging: Logging = Field(default_factory=Logging)
    """What is logged, and how."""

    @model_validator(mode="before")
    @classmethod
    def _paths_of_the_file(cls, value: Any) -> Any:
        """A default that is made here would not know the folder that token file and database count from."""
        return {"admin": {}, "store": {}, **value} if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _consistent(self) -> "Config":
        Faults.check(faults(self.model_dump()))
        return self
