"""What an operator gives to the operation of this block."""

from typing import Annotated

from pydantic import Field

from plugins.shared.params import AsText, Params

TransactionId = Annotated[str, AsText, Field(min_length=1, max_length=36)]


class CostUpdated(Params):
    """CostUpdated; without transactionId the one that runs, without totalCost what it costs by its tariff."""

    transactionId: TransactionId | None = None
    totalCost: float | None = Field(default=None, allow_inf_nan=False)
