"""What an operator may say of a local authorization list (1.6 6.41, 7.1, 7.15)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plugins.ocpp16.idtags import LONGEST
from plugins.shared.local_list_desk import Order
from plugins.shared.local_list_update import FULL, UpdateType

Status = Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]
"""AuthorizationStatus (1.6 7.2)."""


class IdTagInfo(BaseModel):
    """1.6 7.15."""

    model_config = ConfigDict(extra="forbid")

    status: Status
    expiryDate: str | None = None
    parentIdTag: str | None = Field(default=None, max_length=LONGEST)


class AuthorizationData(BaseModel):
    """1.6 7.1."""

    model_config = ConfigDict(extra="forbid")

    idTag: str = Field(max_length=LONGEST)
    idTagInfo: IdTagInfo | None = None


class AskVersion(BaseModel):
    """`local-list-version` takes nothing."""

    model_config = ConfigDict(extra="forbid")


class Send(BaseModel):
    """What `send-local-list` takes."""

    model_config = ConfigDict(extra="forbid")

    updateType: UpdateType | None = Field(default=None, description="Left out: what brings the list up to date.")
    listVersion: int | None = Field(default=None, ge=-(2**31), lt=2**31, description="Left out: the next one.")
    localAuthorizationList: list[AuthorizationData] | None = Field(
        default=None, description="The entries as they are to be sent. Left out: made from the tokens."
    )
    tags: list[Annotated[str, Field(min_length=1, max_length=LONGEST)]] | None = Field(
        default=None, description="The tokens that count. Left out: all."
    )
    force: bool = Field(default=False, description="Send also what the station has already.")

    @model_validator(mode="after")
    def _one_source(self) -> "Send":
        if self.localAuthorizationList is not None and self.tags is not None:
            raise ValueError("either localAuthorizationList or tags")
        return self

    @property
    def order(self) -> Order:
        """The same in words of no version."""
        entries = self.localAuthorizationList
        return Order(
            type=self.updateType or (FULL if entries is not None else None),
            version=self.listVersion,
            given=None if entries is None else [entry.model_dump(exclude_none=True) for entry in entries],
            named=self.tags,
            force=self.force,
        )
