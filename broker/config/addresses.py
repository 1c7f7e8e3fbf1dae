"""Addresses to listen on: their one written form, and how far they can be reached."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator

_LABEL = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(\.{_LABEL})*")
_EXPECTED = "HOST:PORT, such as 127.0.0.1:9000 or [::1]:9000 (0.0.0.0 or [::] for all addresses)"
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
        "169.254.0.0/16", "fe80::/10",  # link-local: RFC 3927, RFC 4291
        "fc00::/7",  # RFC 4193
    )
)  # fmt: skip


def split(bind: str) -> tuple[str, int]:
    """Host (without brackets) and port of `HOST:PORT`; ValueError says what was expected."""
    host, colon, port = bind.rpartition(":")
    if not colon or not (port.isascii() and port.isdigit()) or len(port) > 5 or int(port) > 65535:
        raise ValueError(_EXPECTED)
    if host.startswith("[") and host.endswith("]"):
        if not isinstance(_ip(host[1:-1]), ipaddress.IPv6Address):
            raise ValueError(_EXPECTED)
        return host[1:-1], int(port)
    if isinstance(_ip(host), ipaddress.IPv6Address):
        raise ValueError("an IPv6 address in brackets: [ADDRESS]:PORT")
    if _ip(host) is None and not _is_name(host):
        raise ValueError(_EXPECTED)
    return host, int(port)


def _is_name(host: str) -> bool:
    last = host.rpartition(".")[2]
    return not last.isdigit() and _HOST_NAME.fullmatch(host) is not None  # 300.1.1.1 is no name


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    ip = _ip(host)
    if ip is None:
        return host.lower() == "localhost"
    mapped = getattr(ip, "ipv4_mapped", None)
    return bool((mapped or ip).is_loopback)


def is_private(host: str) -> bool:
    """Whether the address is loopback, or of a private or link-local network.

    All addresses (0.0.0.0, ::) and names other than localhost count as public: nobody can tell from the file alone.
    """
    if is_loopback(host):
        return True
    ip = _ip(host)
    if ip is None:
        return False
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return any(ip.version == network.version and ip in network for network in _PRIVATE)


def _checked(bind: str) -> str:
    split(bind)
    return bind


Bind = Annotated[str, AfterValidator(_checked)]
"""`HOST:PORT` to listen on; port 0 takes a free one."""
