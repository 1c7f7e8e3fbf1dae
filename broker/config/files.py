"""The file endpoint: where stations fetch firmware and bring diagnostics and logs."""

from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from broker.config.addresses import Bind, split
from broker.config.base import MIB, ConfigFolder, Count, Days, Fault, Faults, Model, Seconds, Size
from broker.config.listeners import CertificatePair, TlsVersion

_EXPECTED = "http://HOST[:PORT][/PATH] or https://..., without user, query and fragment"


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or "@" in url or "?" in url or "#" in url or not url.isascii() or any(char <= " " for char in url):
        raise ValueError(_EXPECTED)
    return url.rstrip("/")


def _is_every_address(host: str) -> bool:
    try:
        return ip_address(host).is_unspecified
    except ValueError:  # a name
        return False


class FilesTls(Model):
    """TLS of the file endpoint; stations are not asked for a certificate, the URL is the secret."""

    certificates: list[CertificatePair] = Field(min_length=1)
    """Server certificates; an ECDSA and an RSA one side by side suit every station."""
    minimum_version: TlsVersion = "1.2"
    """Oldest TLS version that is accepted."""


class Files(Model):
    """A listener of its own from which stations fetch firmware, and to which they bring diagnostics and logs."""

    bind: Bind
    """`HOST:PORT`, `[V6]:PORT`; port 0 takes a free one."""
    url: Annotated[str, AfterValidator(_url)] | None = None
    """The URL by which stations reach `bind`, such as `https://files.example.com`; absent: made from `bind`."""
    firmware: ConfigFolder = Path("firmware")
    """Folder with the files that may be offered; those below it in other folders are not."""
    uploads: ConfigFolder = Path("uploads")
    """Folder that uploads are kept in; it is made, for the broker alone, where there is none."""
    max_upload_bytes: Size = 100 * MIB
    """Largest file that a station may bring."""
    max_total_bytes: Size = 4096 * MIB
    """What all uploads together may take."""
    keep_days: Days = 30
    """Days after which an upload is deleted."""
    max_transfers: Count = 32
    """Files that may be on their way at once; above it stations are asked to come back."""
    chunk_timeout: Seconds = 60.0
    """Seconds that 64 KiB of a file may take, either way; then the transfer is broken off."""
    tls: FilesTls | None = None
    """TLS; without it the listener is plain."""

    @property
    def host(self) -> str:
        """The host of `bind`, without brackets."""
        return split(self.bind)[0]

    @property
    def port(self) -> int:
        """The port of `bind`; 0 for a free one."""
        return split(self.bind)[1]

    def base(self, port: int) -> str:
        """The URL that stations get, without a slash at its end; `port` is the one that was bound."""
        if self.url is not None:
            return self.url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'http' if self.tls is None else 'https'}://{host}:{port}"

    @model_validator(mode="after")
    def _consistent(self) -> "Files":
        Faults.check(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.url is None and _is_every_address(self.host):
            yield Fault(("url",), f"the URL by which stations reach it, because {self.bind} is every address there is")
        if self.url is not None and self.tls is not None and not self.url.startswith("https:"):
            yield Fault(("url",), "https://..., because the listener has tls")
        if self.max_upload_bytes > self.max_total_bytes:
            yield Fault(("max_upload_bytes",), f"at most max_total_bytes, which is {self.max_total_bytes}")
        if self.uploads == self.firmware:
            yield Fault(("uploads",), "another folder than firmware: what one station brings is no other's firmware")
