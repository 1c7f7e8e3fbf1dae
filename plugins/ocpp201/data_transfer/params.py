"""What an operator gives to the operation of block P."""

from typing import Any

from pydantic import Field

from plugins.shared.params import Params


class DataTransfer(Params):
    """DataTransfer; `data` is whatever JSON the vendor wants."""

    vendorId: str = Field(min_length=1, max_length=255)
    messageId: str | None = Field(default=None, max_length=50)
    data: Any = None
