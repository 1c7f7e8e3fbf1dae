"""Server certificates: an ECDSA and an RSA one, because OCPP's four cipher suites need both."""

import os
from collections.abc import Sequence
from datetime import timedelta

from cryptography import x509

from certs import authority, store
from certs.authority import SERVER_PURPOSE, Authority, Issued, Period
from certs.keys import KeyType, generate
from certs.lifetimes import SERVER_LIFETIME
from certs.names import plain_name, server_names, subject
from certs.store import Layout


def issue_server(
    directory: str | os.PathLike[str],
    names: Sequence[str],
    *,
    organization: str | None = None,
    lifetime: timedelta = SERVER_LIFETIME,
    backdate: timedelta | None = None,
) -> list[Issued]:
    """Issue the server's ECDSA and RSA certificates for `names`, replacing earlier ones.

    The first name is the CN, which OCPP asks to be the server's FQDN; all of them, host names or IP
    addresses, go into the subjectAltName, because today's TLS stacks look at nothing else (RFC 9525).
    Returns the two, ECDSA first. Raises `CertsError` for a bad name.
    """
    layout = store.opened(directory)
    with layout.locked():
        ca = _signer(layout)
        name = subject(plain_name(names[0]) if names else "", organization or ca.organization)
        alternatives = server_names(names)
        return [_issue(layout, ca, key_type, name, alternatives, Period(lifetime, backdate)) for key_type in KeyType]


def _signer(layout: Layout) -> Authority:
    pair = layout.server_ca if layout.server_ca.certificate.exists() else layout.root_ca
    return authority.load(pair)


def _issue(
    layout: Layout,
    ca: Authority,
    key_type: KeyType,
    name: x509.Name,
    names: list[x509.GeneralName],
    period: Period,
) -> Issued:
    key, pair = generate(key_type), layout.server(key_type)
    usage = authority.leaf_usage(key_encipherment=key_type is KeyType.RSA)
    chain = ca.issue(key.public_key(), name, period, usage=usage, purpose=SERVER_PURPOSE, names=names)
    store.write_pair(pair, key, chain)
    return Issued(pair.certificate, pair.key, chain[0])
