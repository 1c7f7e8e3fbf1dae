"""The folder: what lies where, and how it is written.

A key never exists on disk readable by others, not even for a moment, and a reader never sees half a file:
each is made anew under a tight mode, flushed, and renamed over the old one.
"""

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certs.errors import UNREADABLE, CertsError
from certs.keys import KeyType, PrivateKey, from_pem, to_pem
from certs.names import file_name

FOLDER_MODE = 0o700
SECRET_MODE = 0o600
PUBLIC_MODE = 0o644

_CRL = re.compile(rb"-----BEGIN X509 CRL-----.*?-----END X509 CRL-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate's file (leaf first, then its intermediates) and its key's."""

    certificate: Path
    key: Path

    @classmethod
    def named(cls, folder: Path, name: str) -> "Pair":
        """The pair `name`.pem and `name`.key in `folder`."""
        return cls(folder / f"{name}.pem", folder / f"{name}.key")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of one PKI lies below `directory`."""

    directory: Path

    @property
    def root_ca(self) -> Pair:
        """The root that stations trust for the broker's server certificates."""
        return Pair.named(self.directory, "root-ca")

    @property
    def server_ca(self) -> Pair:
        """The intermediate below the root; only there when it was asked for."""
        return Pair.named(self.directory, "server-ca")

    @property
    def station_ca(self) -> Pair:
        """The root that the broker trusts for the certificates of stations."""
        return Pair.named(self.directory, "station-ca")

    @property
    def crl(self) -> Path:
        """The station CA's certificate revocation list."""
        return self.directory / "station-ca.crl"

    @property
    def ledger(self) -> Path:
        """What the station CA has issued and revoked."""
        return self.directory / "station-ca.ledger"

    @property
    def stations(self) -> Path:
        """The folder of the stations' certificates."""
        return self.directory / "stations"

    def server(self, key_type: KeyType) -> Pair:
        """The server certificate with a key of that kind."""
        return Pair.named(self.directory, f"server-{key_type.value}")

    def station(self, identity: str) -> Pair:
        """The certificate of the station `identity`, whatever characters that holds."""
        return Pair.named(self.stations, file_name(identity))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process, and every other thread, from changing the folder meanwhile."""
        handle = os.open(self.directory / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, SECRET_MODE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def opened(directory: str | os.PathLike[str]) -> Layout:
    """The PKI in `directory`; `CertsError` when `init` was never run there."""
    layout = Layout(Path(directory))
    if not layout.station_ca.certificate.is_file():
        raise CertsError(f"{layout.directory} holds no PKI yet: run `switchboard certs init` first")
    return layout


def make_folder(path: Path) -> None:
    """Make `path` and its parents, closed to others; one that exists keeps its mode."""
    path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)


def write(path: Path, data: bytes, mode: int = PUBLIC_MODE) -> None:
    """Put `data` at `path` whole or not at all, with `mode` (less what the umask takes)."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    # The mode goes into the call that creates the file: os.umask is the whole process's and would race with
    # other threads, chmod afterwards would leave a moment in which others can open it.
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def append_line(path: Path, line: str) -> None:
    """Add one line to `path`, flushed to the disk before this returns."""
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, SECRET_MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def write_pair(pair: Pair, key: PrivateKey, chain: list[x509.Certificate]) -> None:
    """Write a key and its certificates, leaf first (RFC 5246 7.4.2)."""
    make_folder(pair.key.parent)
    write(pair.key, to_pem(key), SECRET_MODE)
    write_certificates(pair.certificate, chain)


def write_certificates(path: Path, chain: list[x509.Certificate]) -> None:
    """Write certificates as PEM in the order given."""
    make_folder(path.parent)
    write(path, b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain))


def read(path: Path) -> bytes:
    """The bytes of `path`; `CertsError` when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertsError(f"{path}: {error.strerror}") from None


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates in the PEM file `path`, at least one."""
    try:
        return x509.load_pem_x509_certificates(read(path))
    except UNREADABLE:
        raise CertsError(f"{path} holds no readable certificate in PEM") from None


def read_key(path: Path) -> PrivateKey:
    """The private key in the PEM file `path`."""
    try:
        return from_pem(read(path))
    except CertsError as error:
        raise error if str(path) in str(error) else CertsError(f"{path}: {error}") from None


def read_crls(path: Path) -> list[x509.CertificateRevocationList]:
    """The revocation lists in the PEM file `path`, at least one: it has one for each CA during a change of CAs."""
    blocks = _CRL.findall(read(path))
    try:
        crls = [x509.load_pem_x509_crl(block) for block in blocks]
    except UNREADABLE:
        crls = []
    if not crls:
        raise CertsError(f"{path} holds no readable CRL in PEM")
    return crls


def read_crl(path: Path) -> x509.CertificateRevocationList:
    """The first revocation list in the PEM file `path`."""
    return read_crls(path)[0]


def not_after(path: str | os.PathLike[str]) -> datetime:
    """When the PEM file at `path` stops working, in UTC: the earliest end of the certificates in it.

    Raises `CertsError` when the file cannot be read or holds no certificate.
    """
    return min(certificate.not_valid_after_utc for certificate in read_certificates(Path(path)))
