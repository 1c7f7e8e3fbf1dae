"""Whether an idTag charges elsewhere: ConcurrentTx, where an operator allows one transaction at a time (1.6 7.2)."""

from broker.api import Records, Transaction

#: ChargePointStatus (1.6 7.7) of a connector that runs no transaction.
_FREE = frozenset({"Available", "Preparing", "Reserved"})
_COUNTS = frozenset({"Accepted", ""})


async def charges_elsewhere(records: Records, identity: str, connector: int, tag: str) -> bool:
    """Whether another connector runs a transaction that was begun with this idTag.

    A transaction whose end got lost must not lock its driver out for ever: it does not count when it was on this very
    connector, nor when its connector has been free since.
    """
    for running in await records.transactions.open_with_token(tag):
        here = running.identity == identity and running.evse == connector
        if not here and running.status in _COUNTS and not await _is_over(records, running):
            return True
    return False


async def _is_over(records: Records, running: Transaction) -> bool:
    if running.evse is None or running.connector is None:
        return False
    place = await records.connectors.get(running.identity, running.evse, running.connector)
    return place is not None and place.status in _FREE and place.changed_at > running.received_at
