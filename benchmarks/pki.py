"""Certificates for the benchmark's TLS listeners and stations, from the project's own `certs`."""

from pathlib import Path

import certs
from benchmarks.load import identity
from benchmarks.subjects import Pki


def make(folder: Path, stations: int) -> Pki:
    """A server for `localhost`, and `stations` certificates for the first identities of the load."""
    certs.init(folder, organization="Benchmark")
    certs.issue_server(folder, ["localhost"])
    for number in range(stations):
        certs.issue_station(folder, identity(number))
    return Pki(folder)
