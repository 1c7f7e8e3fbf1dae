"""Everything the admin listener answers, in one table: routes, roles and the OpenAPI document follow from it."""

from dataclasses import dataclass

from broker.server.admin import (
    calls,
    compare,
    dead,
    events,
    exposition,
    files,
    forget,
    health,
    idmap,
    message_log,
    operate,
    outbox,
    plugins,
    registrations,
    reload,
    routes,
    security_events,
    station_records,
    stations,
    tokens,
    transactions,
)
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
    """The schema of a 200 (`shapes.SCHEMAS`); empty where it is no JSON."""
    media_type: str = "application/json"
    body: str = ""
    """The schema of the body; empty for none."""
    csv: bool = False
    """Whether the body may be CSV as well."""
    query: tuple[str, ...] = ()
    """Keys of `openapi.PARAMETERS`."""
    problems: tuple[str, ...] = ()
    """Kinds of problem besides those of every operation."""


_VIEWER, _OPERATOR, _ADMIN = Role.VIEWER, Role.OPERATOR, Role.ADMIN
_API = "/api/v1"
_STATION = f"{_API}/stations/{{identity}}"
_OUTBOX = f"{_API}/outbox/{{identity}}/{{upstream}}"
_DEAD = f"{_API}/outbox/dead"
_TOKEN = f"{_API}/tokens/{{id}}"
_RECORD_QUERY = {
    "configuration": ("component", "variable"),
    "events": ("component", "variable", "event.since", "event.until", "event.after", "event.limit"),
}
_BODY = ("not-json", "request-timeout", "too-large", "unsupported-media-type", "invalid-body")

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
        "PUT", _STATION, "registerStation", _OPERATOR, registrations.put_registration,
        "Register a station, or replace its registration", "Station", body="RegistrationOrder",
        problems=("bad-request", *_BODY, "unknown-station", "store-failed"),
    ),
    Operation(
        "DELETE", _STATION, "unregisterStation", _OPERATOR, registrations.delete_registration,
        "Back to what the configuration has for a station", "Status",
        problems=("bad-request", *_BODY, "unknown-station", "store-failed"),
    ),
    Operation(
        "POST", f"{_STATION}/calls", "callStation", _OPERATOR, calls.call_station,
        "Send a call to a station and wait for its answer", "Result", body="Call",
        problems=(
            "bad-request", *_BODY, "unknown-station", "not-connected", "invalid-payload", "queue-full", "call-error",
            "no-answer", "dropped",
        ),
    ),
    Operation(
        "GET", f"{_API}/operations", "listOperations", _VIEWER, operate.list_operations,
        "What the profile plugins offer to operators", "Operations", problems=("bad-request",),
    ),
    Operation(
        "POST", f"{_STATION}/operations/{{name}}", "operate", _OPERATOR, operate.operate,
        "Have a profile plugin compose and send what an operation takes", "OperationResult", body="OperationParams",
        problems=(
            "bad-request", *_BODY, "unknown-station", "unknown-operation", "not-connected", "operation-failed",
            "queue-full", "call-error", "no-answer", "dropped", "store-failed",
        ),
    ),
    Operation(
        "GET", f"{_STATION}/route", "showRoute", _VIEWER, routes.show_route,
        "Where one station's messages go", "StationRoute",
        problems=("bad-request", "unknown-station", "not-connected", "store-failed"),
    ),
    Operation(
        "PUT", f"{_STATION}/route", "setRoute", _OPERATOR, routes.set_route,
        "Give one station a route of its own", "StationRoute", body="Route",
        problems=("bad-request", *_BODY, "unknown-station", "invalid-configuration", "store-failed"),
    ),
    Operation(
        "DELETE", f"{_STATION}/route", "clearRoute", _OPERATOR, routes.clear_route,
        "Back to the route of the configuration", "StationRoute",
        problems=("bad-request", *_BODY, "unknown-station", "store-failed"),
    ),
    Operation(
        "GET", f"{_STATION}/ids", "listIds", _VIEWER, idmap.list_ids,
        "The ids of one station, and what each upstream calls them", "Ids",
        problems=("bad-request", "unknown-station", "store-failed"),
    ),
    Operation(
        "GET", f"{_STATION}/transactions/{{transaction}}/ids", "showTransactionIds", _VIEWER,
        idmap.show_transaction_ids, "The ids of one transaction, by the station's", "TransactionIds",
        problems=("bad-request", "unknown-station", "unknown-transaction", "store-failed"),
    ),
    *(
        Operation(
            "GET", f"{_STATION}/{name}", operation, role, handler, summary, answer,
            query=_RECORD_QUERY.get(name, ()), problems=("bad-request", "unknown-station", "store-failed"),
        )
        for name, operation, role, handler, summary, answer in (
            ("boot", "showBoot", _VIEWER, station_records.show_boot,
             "What one station said of itself when it booted last", "Boot"),
            ("connectors", "listConnectors", _VIEWER, station_records.list_connectors,
             "The last status of each connector of one station", "Connectors"),
            ("configuration", "listConfiguration", _VIEWER, station_records.list_configuration,
             "The configuration of one station, or its device model, as far as it is known", "Configuration"),
            ("events", "listStationEvents", _VIEWER, station_records.list_events,
             "What one station of OCPP 2.x has noticed", "StationEvents"),
            ("documents", "listDocuments", _OPERATOR, station_records.list_documents,
             "What plugins keep of one station for themselves", "Documents"),
            ("reservations", "listReservations", _OPERATOR, station_records.list_reservations,
             "The reservations of one station", "Reservations"),
            ("local-list", "showLocalList", _OPERATOR, station_records.show_local_list,
             "The local authorization list that one station holds, as far as it is known", "LocalList"),
            ("charging-profiles", "listChargingProfiles", _VIEWER, station_records.list_charging_profiles,
             "The charging profiles that one station holds, as far as they are known", "ChargingProfiles"),
            ("certificates", "listCertificates", _VIEWER, station_records.list_certificates,
             "The certificates that one station holds, as far as they are known", "Certificates"),
        )
    ),
    Operation(
        "GET", f"{_API}/transactions", "listTransactions", _OPERATOR, transactions.list_transactions,
        "What was charged, at whatever station", "Transactions",
        query=(
            "identity", "token", "open", "transaction.since", "transaction.until", "transaction.after",
            "transaction.limit",
        ),
        problems=("bad-request", "store-failed"),
    ),
    Operation(
        "GET", f"{_API}/transactions/{{identity}}/{{transaction}}/meter-values", "listMeterValues", _VIEWER,
        transactions.list_meter_values, "What was measured during one transaction", "MeterValues",
        query=("ref", "value.after", "value.limit"),
        problems=("bad-request", "unknown-station", "unknown-transaction", "store-failed"),
    ),
    Operation(
        "GET", f"{_API}/security-events", "listSecurityEvents", _VIEWER, security_events.list_security_events,
        "What stations found worth telling security of", "SecurityEvents",
        query=("identity", "type", "event.since", "event.until", "event.after", "event.limit"),
        problems=("bad-request", "store-failed"),
    ),
    Operation(
        "GET", f"{_API}/tokens", "listTokens", _OPERATOR, tokens.list_tokens,
        "Who may charge where the broker's own CSMS answers", "Tokens", query=("status", "token.after", "token.limit"),
        problems=("bad-request", "store-failed"),
    ),
    Operation(
        "POST", f"{_API}/tokens/import", "importTokens", _OPERATOR, tokens.import_tokens,
        "Set many tokens: all of them, or none where one is wrong", "ImportedTokens", body="TokenRows", csv=True,
        query=("check",), problems=("bad-request", *_BODY, "store-failed"),
    ),
    Operation(
        "PUT", _TOKEN, "putToken", _OPERATOR, tokens.put_token,
        "Set one token", "Token", body="TokenEntry",
        problems=("bad-request", *_BODY, "unknown-token", "store-failed"),
    ),
    Operation(
        "GET", _TOKEN, "showToken", _OPERATOR, tokens.show_token,
        "One token", "Token", problems=("bad-request", "unknown-token", "store-failed"),
    ),
    Operation(
        "DELETE", _TOKEN, "deleteToken", _OPERATOR, tokens.delete_token,
        "Forget a token that was set at run time", "Status",
        problems=("bad-request", *_BODY, "unknown-token", "configured", "store-failed"),
    ),
    Operation(
        "GET", f"{_API}/files", "listFiles", _VIEWER, files.list_files,
        "Files that stations have brought", "Files", query=("identity", "purpose", "file.after", "message.limit"),
        problems=("bad-request",),
    ),
    Operation(
        "GET", f"{_API}/files/{{file}}", "getFile", _OPERATOR, files.get_file,
        "One of these files, as it came", media_type="application/octet-stream",
        problems=("bad-request", "unknown-file"),
    ),
    Operation(
        "DELETE", f"{_API}/files/{{file}}", "deleteFile", _OPERATOR, files.delete_file,
        "Delete one of these files for good", "Status",
        problems=("bad-request", *_BODY, "unknown-file", "store-failed"),
    ),
    Operation(
        "POST", f"{_STATION}/forget", "forgetStation", _ADMIN, forget.forget_station,
        "Delete everything that is known of a station, for good", "ForgottenStation",
        problems=("bad-request", *_BODY, "unknown-station", "store-failed"),
    ),
    Operation(
        "POST", f"{_TOKEN}/forget", "forgetToken", _ADMIN, forget.forget_token,
        "Delete a token for good, and take it out of everything that holds it", "ForgottenToken",
        problems=("bad-request", *_BODY, "unknown-token", "store-failed"),
    ),
    Operation(
        "GET", f"{_API}/outbox", "listOutboxes", _VIEWER, outbox.list_outboxes,
        "What waits for the upstreams: every outbox that is not empty", "Outboxes", query=("identity", "upstream"),
        problems=("bad-request",),
    ),
    Operation(
        "GET", _DEAD, "listDeadLetters", _VIEWER, dead.list_dead,
        "Messages that an upstream would not take", "DeadLetters",
        query=("identity", "upstream", "message.after", "message.limit"), problems=("bad-request", "store-failed"),
    ),
    Operation(
        "POST", f"{_DEAD}/replay", "replayDeadLetters", _OPERATOR, dead.replay_dead,
        "Put dead letters back at the end of their outboxes", "Replayed", body="Letters",
        problems=("bad-request", *_BODY, "store-failed"),
    ),
    Operation(
        "DELETE", _DEAD, "dropDeadLetters", _OPERATOR, dead.drop_dead,
        "Delete dead letters for good", "DroppedLetters", body="Letters",
        problems=("bad-request", *_BODY, "store-failed"),
    ),
    Operation(
        "GET", _OUTBOX, "showOutbox", _VIEWER, outbox.show_outbox,
        "The messages of one outbox, in the order in which they are delivered", "Outbox",
        query=("message.after", "message.limit"),
        problems=("bad-request", "unknown-station", "unknown-upstream", "store-failed"),
    ),
    Operation(
        "POST", f"{_OUTBOX}/retry", "retryOutbox", _OPERATOR, outbox.retry_outbox,
        "Deliver now, and not when the next attempt is due", "Status",
        problems=("bad-request", *_BODY, "unknown-station", "unknown-upstream", "empty-outbox", "store-failed"),
    ),
    Operation(
        "DELETE", _OUTBOX, "dropOutbox", _OPERATOR, outbox.drop_outbox,
        "Take what waits to the dead letters", "Dropped",
        problems=("bad-request", *_BODY, "unknown-station", "unknown-upstream", "store-failed"),
    ),
    Operation(
        "GET", f"{_API}/compare", "compare", _VIEWER, compare.show_compare,
        "How the answers of candidates differ from the primaries'", "Comparisons", problems=("bad-request",),
    ),
    Operation(
        "DELETE", f"{_API}/compare", "resetCompare", _OPERATOR, compare.reset_compare,
        "Begin to compare anew", "Status", problems=("bad-request", *_BODY),
    ),
    Operation(
        "GET", f"{_API}/events", "events", _VIEWER, events.events,
        "The messages that pass, live, as server-sent events", media_type="text/event-stream",
        query=("identity", "action"), problems=("bad-request", "too-many-streams"),
    ),
    Operation(
        "GET", f"{_API}/messages", "listMessages", _OPERATOR, message_log.list_messages,
        "Messages that policy.message_log has kept; with `format=jsonl` all that match as JSON Lines",
        "LoggedMessages",
        query=(
            "identity", "action", "direction", "since", "until", "message.after", "message.limit", "format",
        ),
        problems=("bad-request", "store-failed"),
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
        problems=("bad-request", *_BODY, "invalid-configuration"),
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
