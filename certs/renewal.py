"""Renewal: whatever is due of a folder, with the names and the life that it had."""

import os
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from certs import authority, crl, ledger, setup, store
from certs.errors import CertsError
from certs.keys import KeyType
from certs.ledger import Ledger
from certs.lifetimes import SERVER_LIFETIME, STATION_LIFETIME, is_due, life, now
from certs.server import issue_server
from certs.station import issue_station
from certs.store import Layout


def renew(directory: str | os.PathLike[str], identities: Sequence[str] = (), *, force: bool = False) -> list[Path]:
    """Renew what is due in `directory`, made for a daily timer; returns the files that were written.

    Without `identities` that is the intermediate CA, the server's certificates, those of stations whose key
    lies here, and the CRL; `force` takes them due or not. With `identities` it is those stations, due or not.
    New keys each time. Each gets the life of its predecessor, never more than the usual one. The predecessor
    stays valid to its end. A revoked certificate is not renewed; roots are not either (docs/certificates.md).
    """
    layout = store.opened(directory)
    book = ledger.read(layout.ledger)
    if identities:
        return [path for identity in identities for path in _asked(layout, identity, book)]
    written = [*_server(layout, force=force)]
    for identity in dict.fromkeys(record.identity for record in book.issued):
        leaf = _ours(layout, identity)
        if leaf is not None and leaf.serial_number not in book.revoked and (force or _due(leaf)):
            written.append(_station(layout, identity, leaf))
    return written + _crl(layout, force=force)


def _server(layout: Layout, *, force: bool) -> Iterable[Path]:
    written = _intermediate(layout, force=force)
    leaves = [
        store.read_certificates(pair.certificate)[0]
        for pair in map(layout.server, KeyType)
        if pair.certificate.exists()
    ]
    if leaves and (force or written or any(_due(leaf) for leaf in leaves)):
        leaf = leaves[0]
        issued = issue_server(
            layout.directory,
            _names(leaf),
            organization=_part(leaf, NameOID.ORGANIZATION_NAME),
            lifetime=_life(leaf, SERVER_LIFETIME),
        )
        written += [one.certificate for one in issued]
    return written


def _intermediate(layout: Layout, *, force: bool) -> list[Path]:
    path = layout.server_ca.certificate
    if not path.exists() or not (force or _due(store.read_certificates(path)[0])):
        return []
    if not layout.root_ca.key.exists():
        if force:
            return []  # the root is kept elsewhere, and the intermediate may well have years to go
        raise CertsError(f"{path} ends soon: put {layout.root_ca.key.name} back for its renewal")
    with layout.locked():
        setup.write_intermediate(layout, authority.load(layout.root_ca))
    return [path]


def _asked(layout: Layout, identity: str, book: Ledger) -> list[Path]:
    leaf = _ours(layout, identity)
    if leaf is None:
        raise CertsError(f"the key of {identity} is not here: have it send a new request and sign that")
    if leaf.serial_number in book.revoked:
        raise CertsError(f"the certificate of {identity} is revoked: issue a new one with `certs station`")
    return [_station(layout, identity, leaf)]


def _ours(layout: Layout, identity: str) -> x509.Certificate | None:
    pair = layout.station(identity)
    if not pair.certificate.exists() or not pair.key.exists():
        return None
    return store.read_certificates(pair.certificate)[0]


def _station(layout: Layout, identity: str, leaf: x509.Certificate) -> Path:
    name = _part(leaf, NameOID.COMMON_NAME)
    issued = issue_station(
        layout.directory,
        identity,
        organization=_part(leaf, NameOID.ORGANIZATION_NAME),
        serial_number=None if name == identity else name,
        key_type=KeyType.RSA if isinstance(leaf.public_key(), rsa.RSAPublicKey) else KeyType.ECDSA,
        lifetime=_life(leaf, STATION_LIFETIME),
    )
    return issued.certificate


def _crl(layout: Layout, *, force: bool) -> list[Path]:
    if not layout.crl.exists():
        return [crl.refresh(layout.directory)]
    old = store.read_crl(layout.crl)
    begin, end = old.last_update_utc, old.next_update_utc
    if end is None or force or is_due(begin, end, now()):
        return [crl.refresh(layout.directory, lifetime=None if end is None else life(begin, end))]
    return []


def _due(leaf: x509.Certificate) -> bool:
    return is_due(leaf.not_valid_before_utc, leaf.not_valid_after_utc, now())


def _life(leaf: x509.Certificate, usual: timedelta) -> timedelta:
    return min(usual, life(leaf.not_valid_before_utc, leaf.not_valid_after_utc))


def _part(leaf: x509.Certificate, oid: x509.ObjectIdentifier) -> str | None:
    found = leaf.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else None


def _names(leaf: x509.Certificate) -> list[str]:
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in names]
