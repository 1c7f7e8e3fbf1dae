"""The beginning: a folder with the two roots and an empty revocation list."""

import os
import secrets
from datetime import timedelta
from pathlib import Path

from cryptography import x509

from certs import authority, crl, store
from certs.authority import Authority, Period
from certs.errors import CertsError
from certs.keys import KeyType, generate
from certs.ledger import Ledger
from certs.lifetimes import BACKDATING, INTERMEDIATE_LIFETIME, ROOT_LIFETIME, now
from certs.names import subject
from certs.store import Layout


def init(
    directory: str | os.PathLike[str],
    *,
    organization: str,
    intermediate: bool = False,
    station_ca_key: KeyType = KeyType.ECDSA,
    lifetime: timedelta = ROOT_LIFETIME,
    backdate: timedelta = BACKDATING,
    force: bool = False,
) -> Layout:
    """Make the CAs in `directory`: the root for servers, the root for stations, and an empty CRL.

    The server's root is RSA, so that a station that knows only RSA can verify both server certificates.
    With `intermediate` a CA below it signs them, and the root's key may be taken off the machine afterwards.
    `station_ca_key` is RSA for stations that verify their own chain and know nothing else.
    Raises `CertsError` when there is a PKI already; with `force` that one is moved aside, never deleted.
    """
    layout = Layout(Path(directory))
    roots = _roots(organization, intermediate, station_ca_key, Period(lifetime, backdate))
    store.make_folder(layout.directory)
    with layout.locked():
        if layout.root_ca.certificate.exists() or layout.station_ca.certificate.exists():
            if not force:
                raise CertsError(
                    f"{layout.directory} holds a PKI already; a new one cuts off every station that trusts it"
                )
            _move_aside(layout)
        _write(layout, roots, intermediate=intermediate)
    return layout


def _write(layout: Layout, roots: tuple[Authority, Authority], *, intermediate: bool) -> None:
    store.make_folder(layout.stations)
    for pair, ca in zip((layout.root_ca, layout.station_ca), roots, strict=True):
        store.write_pair(pair, ca.key, [ca.certificate])
    if intermediate:
        write_intermediate(layout, roots[0])
    crl.sign(layout, roots[1], Ledger())


def write_intermediate(layout: Layout, root: Authority) -> None:
    """Make the CA between `root` and the server certificates. The caller holds the folder's lock."""
    name = _name("OCPP Server CA", root.organization)
    ca = root.subordinate(generate(KeyType.RSA, ca=True), name, Period(INTERMEDIATE_LIFETIME))
    store.write_pair(layout.server_ca, ca.key, list(ca.chain))


def _roots(organization: str, intermediate: bool, station_key: KeyType, period: Period) -> tuple[Authority, Authority]:
    server = authority.create(
        _name("OCPP Server Root CA", organization), KeyType.RSA, period, path_length=1 if intermediate else 0
    )
    return server, authority.create(_name("OCPP Station CA", organization), station_key, period)


def _name(what: str, organization: str) -> x509.Name:
    # The digits keep two generations of CAs apart where both are trusted for a while: OpenSSL looks for
    # issuers and CRLs by name first.
    return subject(f"{what} {secrets.token_hex(3)}", organization)


def _move_aside(layout: Layout) -> None:
    aside = layout.directory / f"replaced-{now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    aside.mkdir(mode=store.FOLDER_MODE)
    for entry in layout.directory.iterdir():
        if entry.name != ".lock" and not entry.name.startswith("replaced-"):
            entry.rename(aside / entry.name)
