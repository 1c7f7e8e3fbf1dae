"""The broker's own parts fit the surface."""

from broker.hooks import Plugins
from broker.metrics import Metrics
from broker.ocpp import Schemas
from broker.server.admin.surface import Figures, PluginBook, SchemaBook, StationBook, StationSession
from broker.session import Session, Sessions


def _members(protocol: type) -> set[str]:
    return {name for name in vars(protocol) if not name.startswith("_")}


def test_the_parts_have_what_is_asked_of_them() -> None:
    parts = ((Sessions, StationBook), (Session, StationSession), (Plugins, PluginBook), (Schemas, SchemaBook))
    for part, protocol in parts:
        assert _members(protocol) <= set(dir(part))
    assert _members(Figures) <= set(vars(Metrics()))
