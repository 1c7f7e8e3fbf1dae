"""What one listener demands of a station, taken out of its configuration once."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from broker.config import Listener
from broker.ocpp import Version
from broker.server.tls import build_context, expiries


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a listener; replaced whole on a reload, connections that are open keep theirs."""

    name: str
    path: str
    profiles: frozenset[int]
    subprotocols: tuple[Version, ...]
    subprotocol_aliases: Mapping[str, Version]
    default_subprotocol: Version | None
    upgrade_and_close: bool
    identity_aliases: Mapping[str, str]
    compress: Mapping[Version, bool]
    organization: str | None = None
    """O that a station certificate must carry."""
    context: ssl.SSLContext | None = field(default=None, repr=False)
    """None: a plain listener, with profiles 0 and 1."""
    expiries: Mapping[str, float] = field(default_factory=dict)
    """When its certificates, CA and CRL end, in unix seconds."""


def terms_of(listener: Listener) -> Terms:
    """The terms in a configuration, certificates loaded; raises `broker.server.tls.TlsError`."""
    tls = listener.tls
    return Terms(
        name=listener.name,
        path=listener.path,
        profiles=frozenset(listener.security_profiles),
        subprotocols=tuple(listener.subprotocols),
        subprotocol_aliases={name.lower(): version for name, version in listener.subprotocol_aliases.items()},
        default_subprotocol=listener.default_subprotocol,
        upgrade_and_close=listener.no_common_subprotocol == "upgrade_and_close",
        identity_aliases=dict(listener.identity_aliases),
        compress=dict(listener.compress),
        organization=None if tls is None else tls.organization,
        context=None if tls is None else build_context(tls, listener.security_profiles),
        expiries={} if tls is None else expiries(tls),
    )
