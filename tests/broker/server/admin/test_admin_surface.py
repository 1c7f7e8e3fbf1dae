"""The broker's own parts fit the surface."""

from broker.hooks import Plugins
from broker.metrics import Metrics
from broker.ocpp import Schemas
from broker.server.admin.surface import (
    ComparisonBook,
    Deliveries,
    Figures,
    PluginBook,
    SchemaBook,
    SessionBook,
    StationBook,
    StationSession,
)
from broker.session import Session, Sessions
from broker.session.delivery import deliveries
from broker.session.shadow.compare import Comparisons


def _members(protocol: type) -> set[str]:
    return {name for name in vars(protocol) if not name.startswith("_")}


def test_the_parts_have_what_is_asked_of_them() -> None:
    parts: tuple[tuple[type, type], ...] = (
        (Sessions, StationBook),
        (Session, StationSession),
        (Plugins, PluginBook),
        (Schemas, SchemaBook),
        (deliveries.Deliveries, Deliveries),
        (Comparisons, ComparisonBook),
    )
    for part, protocol in parts:
        assert _members(protocol) <= set(dir(part))
    made_at_start = set(Sessions.__init__.__code__.co_names)
    assert _members(SessionBook) <= set(dir(Sessions)) | made_at_start
    assert _members(Figures) <= set(vars(Metrics()))
