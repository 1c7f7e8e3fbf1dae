"""Whether an idToken charges elsewhere: ConcurrentTx, where an operator allows one transaction at a time.

AuthorizationStatusEnumType: only relevant in the response to a TransactionEvent that starts something.
"""

from broker.api import Records, Transaction

#: ConnectorStatusEnumType, and ChargePointStatus of 1.6, of a connector that runs no transaction.
_FREE = frozenset({"Available", "Preparing", "Reserved"})
_COUNTS = frozenset({"Accepted", ""})


async def charges_elsewhere(records: Records, tx: Transaction, token: str) -> bool:
    """Whether another EVSE runs a transaction that was begun with this idToken.

    A transaction whose end got lost must not lock its driver out for ever: it does not count when it was on this very
    EVSE, nor when its connector has been free since.
    """
    for running in await records.transactions.open_with_token(token):
        same = running.identity == tx.identity and (
            running.transaction_id == tx.transaction_id or running.evse == tx.evse
        )
        if not same and running.status in _COUNTS and not await _is_over(records, running):
            return True
    return False


async def _is_over(records: Records, running: Transaction) -> bool:
    if running.evse is None or running.connector is None:
        return False
    place = await records.connectors.get(running.identity, running.evse, running.connector)
    return place is not None and place.status in _FREE and place.changed_at > running.received_at
