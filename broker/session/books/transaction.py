"""One transaction of one station: what everybody calls it, and what was said about it."""

from typing import Any

import msgspec

from broker.ocpp import Call, Reply, Version
from broker.ocpp.heads import Head

_INT64 = range(-(2**63), 2**63)


class Tx(msgspec.Struct):
    """A transaction, as it stands in the store. Whoever changes one says so with `Transactions.changed`."""

    ref: int
    """The broker's own number."""
    version: str
    station_id: int | str
    """What the station calls it."""
    owner: str
    """The upstream, or `local`, that started it: it answers for it until it ends."""
    connector: int | None = None
    """The connector of 1.6 or the EVSE of 2.x, where the station has named it."""
    ids: dict[str, int] = {}
    """1.6: what each peer calls it; `local` is a peer too. 2.x: empty, the station's id is everybody's."""
    refused: list[str] = []
    """The peers that have no id for it, and will not get one."""
    provisional: bool = False
    """Whether the local CSMS started it in the place of its owner."""
    must_stop: str = ""
    """Why the owner has refused its start afterwards, while the station still charges; empty where it has not."""
    used: bool = False
    """Whether the station went on after the start, so that it will not repeat it: the same start again is a new one.
    The clock of some stations stands still (peers.md 2.1)."""
    closed: bool = False
    start_key: str = ""
    stop_key: str = ""
    start_reply: bytes = b""
    """The payload of the CALLRESULT that the station got."""
    stop_reply: bytes = b""
    started_at: float = 0.0
    """Unix time, as is `closed_at`."""
    closed_at: float = 0.0
    told: list[str] = []
    """Peers that a copy of its begin was made for."""

    def __repr__(self) -> str:
        # The replies may hold a parentIdTag: never in a log.
        return f"<Tx {self.ref} station_id={self.station_id!r} owner={self.owner} closed={self.closed}>"


def transaction_id(reply: Reply) -> int | None:
    """The transactionId of a StartTransaction.conf; None for an error, and where it is no 64-bit integer."""
    value = members(reply).get("transactionId")
    # A bool is an int to Python and not to JSON.
    return value if type(value) is int and value in _INT64 else None


def refusal_status(reply: Reply, version: str) -> str:
    """The status of the idTag or idToken where it is another one than Accepted; empty where it is not, or not given."""
    info = members(reply).get("idTagInfo" if version == Version.V16 else "idTokenInfo")
    status = info.get("status") if isinstance(info, dict) else None
    # It is written down: no lone surrogates.
    return status.encode(errors="replace").decode() if isinstance(status, str) and status != "Accepted" else ""


def connector_of(head: Head) -> int | None:
    """The connector (1.6) or EVSE (2.x) that a message of the station names."""
    payload = members(head.call)
    evse = payload.get("evse")
    value = evse.get("id") if isinstance(evse, dict) else payload.get("connectorId")
    return value if type(value) is int else None


def members(message: Call | Reply) -> dict[str, Any]:
    """The payload of a call or a reply; empty for an error, and for what cannot be decoded."""
    try:
        return message.payload
    except (ValueError, RecursionError):
        return {}
