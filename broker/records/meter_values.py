"""Meter values, kept as they were sent and read in one form."""

from hashlib import blake2b

from broker.records.change import Change
from broker.records.codec import number, real, text
from broker.records.neutral import normalised
from broker.records.rows import MeterValue
from broker.store import Store, changes

_TABLE = "meter_value"
_COLUMNS = ("id", "identity", "transaction_id", "evse", "connector", "version", "received_at", "payload")


def digest(*parts: str | bytes) -> int:
    """A number that is the same for the same parts, and fits into a column."""
    made = blake2b(digest_size=8)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        made.update(b"%d:" % len(data))
        made.update(data)
    return int.from_bytes(made.digest(), "big", signed=True)


class MeterValues:
    """What stations have measured, within transactions and without."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        identity: str,
        transaction_id: str | None,
        *,
        evse: int | None,
        connector: int | None,
        version: str,
        payload: bytes,
        received_at: float,
        with_stop: bool = False,
    ) -> Change:
        """What one message measured, as it was sent: the call's payload, or its meterValue. The same again: once.

        `with_stop`: told by the stop just before it in the same commit, and of that very transaction.
        """
        identity = text(identity)
        transaction_id = text(transaction_id)
        params = (
            digest(identity, transaction_id, f"{evse}/{connector}", payload),
            None if evse is None else number(evse),
            None if connector is None else number(connector),
            text(version),
            real(received_at),
            payload,
        )
        return (
            changes.happened("data" if with_stop else "meter", self._store.new_id(), identity, transaction_id, *params),
        )

    async def of_transaction(
        self, identity: str, transaction_id: str, *, epoch: int = 0, after: int = 0, limit: int = 1000
    ) -> list[MeterValue]:
        """Those of the transaction that this id names now, or named before (`Transaction.epoch`), as they came."""
        rows = await self._store.select(
            _TABLE,
            [
                ("identity =", text(identity)),
                ("transaction_id =", text(transaction_id)),
                ("epoch =", number(epoch)),
                ("id >", number(after)),
            ],
            columns=_COLUMNS,
            order=("id",),
            limit=limit,
        )
        return [_row(*row) for row in rows]

    async def latest(self, identity: str) -> list[MeterValue]:
        """The newest of each evse."""
        return [_row(*row) for row in await self._store.latest_meter_values(text(identity), _COLUMNS)]


def _row(
    id: int,  # noqa: A002 - the column's name
    identity: str,
    transaction_id: str,
    evse: int | None,
    connector: int | None,
    version: str,
    received_at: float,
    payload: bytes,
) -> MeterValue:
    return MeterValue(
        id=id,
        identity=identity,
        transaction_id=transaction_id or None,
        evse=evse,
        connector=connector,
        version=version,
        received_at=received_at,
        values=normalised(payload),
    )
