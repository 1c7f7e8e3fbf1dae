"""What is allowed but probably not meant."""

import pytest

from broker.config.load import loads
from broker.config.warnings import warnings_of

ACCEPT = "stations: {unknown: accept}\n"
MEMORY = "store: {url: 'sqlite://'}"
PAIR = "{certificate: a, key: b}"
TLS = f"certificates: [{PAIR}, {PAIR}]"


def warnings(text: str) -> list[str]:
    return warnings_of(loads(text, environ={}))


def listener(profiles: str, more: str = "") -> str:
    return ACCEPT + f"listeners: [{{name: a, bind: '10.0.0.1:1', security_profiles: {profiles}{more}}}]"


def known(keys: str) -> str:
    return f"stations: {{known: [{{identity: a, {keys}}}]}}"


def upstream(keys: str, url: str = "wss://h/{identity}") -> str:
    return ACCEPT + f"upstreams: {{u: {{url: '{url}', {keys}}}}}\nroutes: [{{match: {{}}, primary: u}}]"


def with_routes(keys: str, more: str = "") -> str:
    return f"{ACCEPT}upstreams: {{u: {{url: 'wss://h/{{identity}}'}}}}\nroutes: [{{match: {{}}, {keys}}}]\n{more}"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (listener("[0]"), "listeners[0]"),
        (listener("[2]", f", tls: {{{TLS}, client_ca: c, crl: d}}"), "listeners[0].tls.client_ca"),
        (listener("[3]", f", tls: {{{TLS}, client_ca: c}}"), "listeners[0].tls.crl"),
        ("stations: {}", "stations"),
        (known("password: short"), "stations.known[0].password"),
        (known("password: 'hex:0011'"), "stations.known[0].password"),
        (known("password: 'long enough for OCPP', security_profile: 0"), "stations.known[0].password"),
        (known("security_profile: 3"), "stations.known[0].security_profile"),
        (ACCEPT + "upstreams: {u: {url: 'wss://h/{identity}'}}", "upstreams.u"),
        (upstream("tls: {verify: false}"), "upstreams.u.tls.verify"),
        (upstream("headers: {X: y}", "ws://h/{identity}"), "upstreams.u.url"),
        (upstream("auth: {basic: {password: y}}", "ws://h/{identity}"), "upstreams.u.url"),
        (ACCEPT + "routes: [{match: {identity: a}, primary: local}]", "routes"),
        (ACCEPT + "routes: [{match: {}, primary: local}, {match: {}, primary: local}]", "routes[1]"),
        (
            ACCEPT + "routes: [{match: {listener: b}, primary: local}, {match: {}, primary: local}]",
            "routes[0].match.listener",
        ),
        (ACCEPT + "admin: {bind: '0.0.0.0:8080'}", "admin.bind"),
        (ACCEPT + "admin: {tokens: [{name: a, role: admin, token: hunter2}]}", "admin.tokens[0].token"),
        (ACCEPT + "shutdown: {timeout: 5, spread: 5}", "shutdown.spread"),
        (with_routes("primary: u, when_primary_down: stand_in", MEMORY), "store.url"),
        (with_routes("primary: local, secondaries: [{upstream: u}]", MEMORY), "store.url"),
        (with_routes("primary: u, credentials: adopt", MEMORY), "store.url"),
        (ACCEPT + "outbox: {station_bytes: 65536}", "outbox.station_bytes"),
    ],
)
def test_it_is_told_with_its_path(text, path):
    (warning,) = warnings(text)
    assert warning.split(": ")[0] == path
    assert "hunter2" not in warning


@pytest.mark.parametrize(
    "text",
    [
        ACCEPT,
        listener("[1]"),
        known("password: 'long enough for OCPP'"),
        upstream("tls: {verify: true}"),
        known(f"password: 'sha256$aa${'0' * 64}'"),
        upstream("headers: {X: y}", "ws://127.0.0.1/{identity}"),
        listener("[2, 3]", f", tls: {{{TLS}, client_ca: c, crl: d}}"),
        with_routes("primary: u", MEMORY),
        with_routes("primary: u, when_primary_down: stand_in, credentials: adopt"),
        with_routes("primary: local, secondaries: [{upstream: u}]"),
        ACCEPT + "outbox: {station_bytes: 65536}\nlimits: {message_bytes: 65536}",
    ],
)
def test_nothing_is_told_where_nothing_is_odd(text):
    assert warnings(text) == []


def test_an_upstream_that_only_a_failover_leads_to_is_used():
    upstreams = "{u: {url: 'wss://h/{identity}'}, v: {url: 'wss://h/{identity}'}}"
    keys = "{match: {}, primary: u, when_primary_down: {failover: v}}"
    assert warnings(f"{ACCEPT}upstreams: {upstreams}\nroutes: [{keys}]") == []
