"""Everything the admin listener answers, in one table: routes, roles and the OpenAPI document follow from it."""

from dataclasses import dataclass

from broker.server.admin import calls, events, exposition, health, plugins, reload, stations
from broker.server.admin.auth import Role
from broker.server.admin.context import Handler


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path. `role` None: no token is needed."""

    method: str
    path: str
    """With `{name}` for one percent-encoded segment."""
    name: str
    role: Role | None
    handler: Handler
    summary: str
    answer: str = ""
    """The schema of a 200 (`openapi.SCHEMAS`); empty where it is no JSON."""
    media_type: str = "application/json"
    body: str = ""
    """The schema of the body; empty for none."""
    query: tuple[str, ...] = ()
    """Names of `openapi.PARAMETERS`."""
    problems: tuple[str, ...] = ()
    """Kinds of problem besides those of every operation."""


_VIEWER, _OPERATOR, _ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN
_API = "/api/v1"
_STATION = f"{_API}/stations/{{identity}}"

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", f"{_API}/stations", "listStations", _VIEWER, stations.list_stations,
        "Stations that are registered or connected", "Stations", query=("connected", "after", "limit"),
        problems=("bad-request",),
    ),
    Operation(
        "GET", _STATION, "showStation", _VIEWER, stations.show_station,
        "One station", "Station", problems=("bad-request", "unknown-station"),
    ),
    Operation(
        "POST", f"{_STATION}/calls", "callStation", _OPERATOR, calls.call_station,
        "Send a call to a station and wait for its answer", "Result", body="Call",
        problems=(
            "bad-request", "not-json", "unknown-station", "request-timeout", "not-connected", "too-large",
            "unsupported-media-type", "invalid-body", "invalid-payload", "queue-full", "call-error", "no-answer",
            "dropped",
        ),
    ),
    Operation(
        "GET", f"{_API}/events", "events", _VIEWER, events.events,
        "The messages that pass, live, as server-sent events", media_type="text/event-stream",
        query=("identity", "action"), problems=("bad-request", "too-many-streams"),
    ),
    Operation(
        "GET", f"{_API}/plugins", "listPlugins", _VIEWER, plugins.list_plugins,
        "The plugins that are loaded", "Plugins", problems=("bad-request",),
    ),
    Operation(
        "GET", f"{_API}/plugins/{{name}}", "showPlugin", _VIEWER, plugins.show_plugin,
        "One plugin", "Plugin", problems=("bad-request", "unknown-plugin"),
    ),
    Operation(
        "GET", f"{_API}/chains", "listChains", _VIEWER, plugins.list_chains,
        "Who handles which message, in which order", "Chains", query=("version",), problems=("bad-request",),
    ),
    Operation(
        "POST", f"{_API}/reload", "reload", _ADMIN, reload.reload,
        "Read configuration and certificates again; a wrong file changes nothing", "Status",
        problems=(
            "bad-request", "not-json", "request-timeout", "too-large", "unsupported-media-type", "invalid-body",
            "invalid-configuration",
        ),
    ),
    Operation(
        "GET", f"{_API}/problems/{{name}}", "showProblem", None, health.problem,
        "What a problem type means", "ProblemType", problems=("not-found",),
    ),
    Operation("GET", "/healthz", "healthz", None, health.healthz, "The process is alive", "Status"),
    Operation(
        "GET", "/readyz", "readyz", None, health.readyz, "The broker takes stations", "Status", problems=("not-ready",)
    ),
    Operation(
        "GET", "/metrics", "metrics", None, exposition.metrics, "Figures for Prometheus", media_type="text/plain"
    ),
)  # fmt: skip
