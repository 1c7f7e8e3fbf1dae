"""What outlives the process: where it is kept, and what waits for an upstream."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, ValidationInfo, model_validator

from broker.config.base import MIB, Age, Count, Fault, Faults, Model, Rate, Seconds, SecondsOrZero, Size, resolved
from broker.config.secrets import Secret

MEMORY = "sqlite://"
_FILE = "sqlite:///"
_EXPECTED = "sqlite:///PATH, or sqlite:// to keep nothing over a restart"
_SERVERS = ("postgres", "mysql", "mariadb", "oracle", "mssql")


def _url(url: str, info: ValidationInfo) -> str:
    if url in (MEMORY, f"{_FILE}:memory:"):
        return MEMORY
    if url.startswith(_SERVERS):
        raise ValueError(f"{_EXPECTED}; {url.partition(':')[0]} is not supported yet by this version")
    name = url.removeprefix(_FILE)
    if name == url or Path(name) == Path():
        raise ValueError(_EXPECTED)
    path = str(resolved(Path(name), info))
    if "?" in path:  # SQLAlchemy would read options there
        raise ValueError(f"{_EXPECTED}, and no ? in the path")
    return f"{_FILE}{path}"


class Store(Model):
    """Where the broker keeps what must outlive it: outboxes, ids, learnt credentials."""

    url: Annotated[str, AfterValidator(_url)] = "sqlite:///switchboard.db"
    """`sqlite:///PATH`, a relative path from the folder of this file; `sqlite://` keeps it in memory alone."""

    @property
    def path(self) -> Path | None:
        """The file of the database; None for memory."""
        return None if self.url == MEMORY else Path(self.url.removeprefix(_FILE))


class Outbox(Model):
    """The queues of transaction messages and security events that upstreams have not answered yet."""

    attempts: Count = 3
    """How often a message is sent that the upstream answers with an error; then it goes to the dead letters."""
    retry_interval: Seconds = 60.0
    """Seconds before the next attempt, times the attempts so far (OCPP 1.6, 3.7.1)."""
    max_age: Age = 30 * 86400.0
    """Seconds after which a message that could not be delivered goes to the dead letters."""
    station_bytes: Size = 16 * MIB
    """Bytes that wait for one station at most. Periodic meter values are the first to be left out, and counted."""
    max_bytes: Size = 1024 * MIB
    """Bytes that wait for all stations together at most; above it stations are closed, so that they keep their own."""
    linger: SecondsOrZero = 10.0
    """Seconds that the connection to an upstream stays after the station has left, to deliver what waits."""
    while_away: bool = True
    """Connects to an upstream to deliver while the station is away; it shows the station as connected then."""
    station_per_second: Rate = 10.0
    """Messages a second of one station to one upstream that are delivered later than they came."""
    upstream_per_second: Rate = 200.0
    """Messages a second to one upstream, of all stations, that are delivered later than they came."""
    pseudonym_key: Secret | None = None
    """Key of the pseudonyms that `filter.pseudonymise` makes; absent: a random one, kept in the store."""

    @model_validator(mode="after")
    def _consistent(self) -> "Outbox":
        Faults.check(self._faults())
        return self

    def _faults(self) -> Iterator[Fault]:
        if self.station_bytes > self.max_bytes:
            yield Fault(("station_bytes",), f"at most max_bytes, which is {self.max_bytes}")
