"""What an operator may say of a local authorization list of OCPP 2.x (D01, D02)."""

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, model_validator

from plugins.ocpp201.id_tokens import GivenIdToken, IdTokenParam
from plugins.shared.local_list_desk import Order
from plugins.shared.local_list_update import FULL, UpdateType
from plugins.shared.params import AsList, Params

Status = Literal[
    "Accepted", "Blocked", "ConcurrentTx", "Expired", "Invalid",
    "NoCredit", "NotAllowedTypeEVSE", "NotAtThisLocation", "NotAtThisTime", "Unknown",
]  # fmt: skip
"""AuthorizationStatusEnumType."""


class IdTokenType(GivenIdToken):
    """An idToken as it is sent, with its type."""

    type: str = Field(min_length=1, max_length=20)


class IdTokenInfo(Params):
    """IdTokenInfoType."""

    status: Status
    cacheExpiryDateTime: str | None = None
    chargingPriority: int | None = None
    evseId: list[int] | None = None
    groupIdToken: IdTokenType | None = None
    language1: str | None = Field(default=None, max_length=8)
    language2: str | None = Field(default=None, max_length=8)
    personalMessage: dict[str, Any] | None = None


class AuthorizationData(Params):
    """AuthorizationData: without idTokenInfo, the entry is removed."""

    idToken: IdTokenType
    idTokenInfo: IdTokenInfo | None = None


class Send(Params):
    """What `send-local-list` takes."""

    updateType: UpdateType | None = Field(default=None, description="Left out: what brings the list up to date.")
    versionNumber: int | None = Field(
        default=None,
        ge=-(2**31),
        lt=2**31,
        validation_alias=AliasChoices("versionNumber", "listVersion"),
        description="Left out: the next one.",
    )
    localAuthorizationList: list[AuthorizationData] | None = Field(
        default=None, description="The entries as they are to be sent. Left out: made from the tokens."
    )
    idTokens: Annotated[list[IdTokenParam], AsList] | None = Field(
        default=None,
        validation_alias=AliasChoices("idTokens", "tags"),
        description="The tokens that count. Left out: all.",
    )
    force: bool = Field(default=False, description="Send also what the station has already.")

    @model_validator(mode="after")
    def _one_source(self) -> "Send":
        if self.localAuthorizationList is not None and self.idTokens is not None:
            raise ValueError("either localAuthorizationList or idTokens")
        return self

    @property
    def order(self) -> Order:
        """The same in words of no version."""
        entries = self.localAuthorizationList
        return Order(
            type=self.updateType or (FULL if entries is not None else None),
            version=self.versionNumber,
            given=None if entries is None else [entry.model_dump(exclude_none=True) for entry in entries],
            named=None if self.idTokens is None else [one.idToken for one in self.idTokens],
            force=self.force,
        )
