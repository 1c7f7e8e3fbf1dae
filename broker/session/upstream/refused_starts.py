"""Stopping what an upstream has refused after the station was let to start it in its place.

An acceptance cannot be taken back by the answer any more, so the broker does what a station with
`StopTransactionOnInvalidId` does by itself (OCPP 1.6 9.1.29; 2.0.1 E05, StopTxOnInvalidId).
"""

from typing import TYPE_CHECKING

import structlog

from broker.hooks.call_errors import CallFailed
from broker.ocpp import Version
from broker.session.books.transactions import Tx

if TYPE_CHECKING:
    from broker.session.session import Session

_log = structlog.get_logger("broker.session")


async def stop_refused(session: "Session", tx: Tx) -> None:
    """Tell the station to stop; it is told again on its next connection as long as the transaction is open."""
    action = "RemoteStopTransaction" if session.version is Version.V16 else "RequestStopTransaction"
    _log.warning("stopping a refused transaction", identity=session.identity, upstream=tx.owner, status=tx.must_stop)
    try:
        await session.call(action, {"transactionId": tx.station_id}, origin="local")
    except CallFailed as error:
        _log.warning("refused transaction goes on", identity=session.identity, error=str(error))
