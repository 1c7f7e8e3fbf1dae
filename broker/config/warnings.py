"""What is allowed but probably not meant."""

from collections.abc import Iterator

from broker.config.addresses import is_loopback
from broker.config.models import Config
from broker.config.secrets import is_digest, password_length
from broker.config.store import MEMORY
from broker.config.warnings_routes import of_routes

_SHORTEST_PASSWORD = 16
_SHORTEST_TOKEN = 16


def warnings_of(config: Config) -> list[str]:
    """One sentence for each, with the path first; no secret in any."""
    return [
        *_of_listeners(config),
        *_of_stations(config),
        *_of_upstreams(config),
        *of_routes(config),
        *_of_store(config),
        *_of_files(config),
        *_of_admin(config),
    ]


def _of_listeners(config: Config) -> Iterator[str]:
    for index, listener in enumerate(config.listeners):
        path = f"listeners[{index}]"
        if 0 in listener.security_profiles and not is_loopback(listener.host):
            yield f"{path}: security profile 0 lets stations in without any authentication on {listener.bind}"
        tls = listener.tls
        if tls is not None and tls.client_ca is not None and 3 not in listener.security_profiles:
            yield f"{path}.tls.client_ca: no use without security profile 3"
        if tls is not None and tls.client_ca is not None and tls.crl is None:
            yield f"{path}.tls.crl: absent, so a station certificate cannot be revoked"


def _of_stations(config: Config) -> Iterator[str]:
    profiles = {profile for listener in config.listeners for profile in listener.security_profiles}
    for index, station in enumerate(config.stations.known):
        path = f"stations.known[{index}]"
        length = None if station.password is None else password_length(station.password)
        if length is not None and length < _SHORTEST_PASSWORD:
            yield f"{path}.password: shorter than the {_SHORTEST_PASSWORD} bytes that OCPP asks for"
        if station.security_profile is not None and station.security_profile not in profiles:
            yield f"{path}.security_profile: no listener serves profile {station.security_profile}"
        if station.security_profile == 0 and station.password is not None:
            yield f"{path}.password: never asked for with security profile 0"
    if not config.stations.known and config.stations.unknown == "reject":
        yield "stations: none is known and unknown ones are rejected, so only those that the API registers can connect"


def _of_upstreams(config: Config) -> Iterator[str]:
    used = {name for route in config.routes for name in route.upstreams}
    for name, upstream in config.upstreams.items():
        path = f"upstreams.{name}"
        if name not in used:
            yield f"{path}: no route leads to it"
        if upstream.secure and not upstream.tls.verify:
            yield f"{path}.tls.verify: false, so anybody may pose as this upstream"
        plain_secret = upstream.headers or (upstream.auth is not None and upstream.auth.basic is not None)
        if not upstream.secure and plain_secret and not is_loopback(upstream.host):
            yield f"{path}.url: credentials go over ws:// without encryption"


def _of_store(config: Config) -> Iterator[str]:
    if config.store.path is None:
        for index, route in enumerate(config.routes):
            if route.needs_store:
                yield f"store.url: {MEMORY}, so what routes[{index}] owes its upstreams is lost when the broker stops"
            if route.credentials == "adopt":
                yield (
                    f"store.url: {MEMORY}, so what routes[{index}] learns with credentials: adopt is lost when the"
                    " broker stops, and its stations cannot come in any more"
                )
    if config.outbox.station_bytes < config.limits.message_bytes:
        yield "outbox.station_bytes: less than limits.message_bytes, so there are messages that do not fit"


def _of_files(config: Config) -> Iterator[str]:
    files = config.files
    if files is None:
        return
    if files.tls is None and not is_loopback(files.host):
        yield f"files.bind: {files.bind} has no TLS, so who listens on the way reads files, and URLs as good as keys"
    if config.store.path is None:
        yield "files: the store is in memory alone, so a restart forgets the URLs that stations were given"


def _of_admin(config: Config) -> Iterator[str]:
    if not is_loopback(config.admin.host):
        yield f"admin.bind: {config.admin.bind} can be reached from other machines, and has no TLS of its own"
    for index, token in enumerate(config.admin.tokens):
        if not is_digest(token.token) and len(token.token.get_secret_value()) < _SHORTEST_TOKEN:
            yield f"admin.tokens[{index}].token: shorter than {_SHORTEST_TOKEN} characters, so it can be guessed"
    if config.shutdown.spread >= config.shutdown.timeout:
        yield "shutdown.spread: not below shutdown.timeout, so the last sessions are cut off"
