"""What is noted of the transactions that run on a connection: who was told of their cost, and when."""

from dataclasses import dataclass, field
from decimal import Decimal

from broker.api import Call, SessionView
from plugins.ocpp201.tariff_cost.cost import Cost

_KEY = "ocpp201.tariff_cost"
#: Transactions of one connection: a station has one an EVSE.
_MOST = 100


@dataclass(slots=True)
class Told:
    """Of one transaction: when its cost was told last, and what."""

    at: float | None = None
    amount: Decimal | None = None


@dataclass(slots=True)
class Running:
    """Of one connection."""

    told: dict[str, Told] = field(default_factory=dict)
    telling: bool = False
    """It is being told; a call that waits for its answer is enough."""
    deaf: bool = False
    """It does not know CostUpdated."""
    call: Call | None = None
    """The event that was priced last, and its cost: its answer and its record need it both."""
    cost: Cost | None = None

    def follow(self, transaction_id: str) -> Told | None:
        """The notes of a transaction that runs; None for one too many."""
        if transaction_id not in self.told and len(self.told) >= _MOST:
            return None
        return self.told.setdefault(transaction_id, Told())


def running_of(session: SessionView) -> Running:
    """The notes of this connection."""
    found: Running = session.state.setdefault(_KEY, Running())
    return found
