"""What an operator gives to the operations of block E."""

from pydantic import Field

from plugins.shared.params import Params


class GetTransactionStatus(Params):
    """GetTransactionStatus; without transactionId it is about the messages of any transaction (E14)."""

    transactionId: str | None = Field(default=None, min_length=1, max_length=255)
