"""What the door knows of a station when it lets it in."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.ocpp import Version


@dataclass(frozen=True, slots=True)
class Admission:
    """A station that has passed the door: who it is and on what terms it talks."""

    identity: str
    """The last URL segment, percent-decoded exactly once."""
    version: Version
    subprotocol: str
    """The name that was echoed; an alias of `version` where the station offered one."""
    security_profile: int
    """0 to 3, as it authenticated on this connection."""
    listener: str
    remote: str
    """The address it came from, without the port."""
    tags: Mapping[str, str]
    known: bool
    """Whether the configuration names this identity."""
    user_agent: str = ""
    compress: bool = False
    half_duplex: bool = False
    """One open call on the whole connection, for stations that cannot do one in each direction."""
    ping_interval: float = 60.0
    """Seconds between our pings; 0 for none."""
    missed_pongs: int = 2
    """After so many unanswered pings the station counts as gone."""
