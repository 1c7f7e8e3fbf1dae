"""A small PKI for OCPP security profiles 2 and 3: server certificates, station certificates, revocation.

It works on a folder of PEM files and stands on the standard library and `cryptography` alone. It does not
know the broker, its configuration, sessions or identities' passwords; the broker asks it to read a peer's
certificate (`read_peer`) and when a file ends (`not_after`, `next_update`), and everything else is done by
`switchboard certs` or by this API.
"""

from certs.authority import Issued
from certs.crl import next_update, refresh, revoke
from certs.errors import CertsError
from certs.keys import MINIMUM_BITS, KeyType
from certs.ledger import Reason
from certs.peer import PeerCertificate, read_peer
from certs.renewal import renew
from certs.server import issue_server
from certs.setup import init
from certs.show import Entry, describe
from certs.station import issue_station, sign_station
from certs.store import Layout, Pair, not_after

__all__ = [
    "MINIMUM_BITS",
    "CertsError",
    "Entry",
    "Issued",
    "KeyType",
    "Layout",
    "Pair",
    "PeerCertificate",
    "Reason",
    "describe",
    "init",
    "issue_server",
    "issue_station",
    "next_update",
    "not_after",
    "read_peer",
    "refresh",
    "renew",
    "revoke",
    "sign_station",
]
