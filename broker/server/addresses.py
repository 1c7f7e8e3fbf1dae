"""How many connections one remote address holds, counted from the accept on, before any TLS."""

from ipaddress import IPv6Address, ip_address

_V6_PREFIX = 64


def address_of(host: str) -> str:
    """The address a connection is counted under.

    An IPv4 address in IPv6 clothes is itself; other IPv6 addresses count by their /64, which is what one
    subscriber gets and may roam in at will (RFC 6177).
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> (128 - _V6_PREFIX) << (128 - _V6_PREFIX))) + f"/{_V6_PREFIX}"


class Addresses:
    """Open connections by address, over all listeners."""

    __slots__ = ("_open", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._open: dict[str, int] = {}

    def take(self, address: str) -> bool:
        """Count one more connection; False, and nothing counted, when the address has all it may have."""
        held = self._open.get(address, 0)
        if held >= self.limit:
            return False
        self._open[address] = held + 1
        return True

    def release(self, address: str) -> None:
        """One connection less; must be called once for each `take` that returned True."""
        held = self._open[address] - 1
        if held:
            self._open[address] = held
        else:
            del self._open[address]

    def held(self, address: str) -> int:
        return self._open.get(address, 0)

    def __len__(self) -> int:
        return len(self._open)
