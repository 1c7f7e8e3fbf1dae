"""What an operator gives to the operations on tariffs."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from plugins.ocpp201.tariff_cost.params import TransactionId
from plugins.ocpp201.tariff_cost.tariff import Moment, Tariff
from plugins.shared.params import AsList, AsText, Params

TariffId = Annotated[str, AsText, Field(min_length=1, max_length=60)]


class _OneTariff(Params):
    tariffId: TariffId | None = None
    """Of a tariff of the options."""
    tariff: Tariff | None = None
    """A whole TariffType."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.tariffId is None) == (self.tariff is None):
            raise ValueError("give tariffId or tariff")
        return self


class SetDefaultTariff(_OneTariff):
    """SetDefaultTariff; EVSE 0 is all of them."""

    evseId: int = Field(default=0, ge=0)
    validFrom: Moment | None = None
    """When it begins to count, in place of what the tariff itself says."""


class ChangeTransactionTariff(_OneTariff):
    """ChangeTransactionTariff; without transactionId the one that runs."""

    transactionId: TransactionId | None = None
    validFrom: Moment | None = None


class GetTariffs(Params):
    """GetTariffs; EVSE 0 is all of them."""

    evseId: int = Field(default=0, ge=0)


class ClearTariffs(Params):
    """ClearTariffs; without tariffIds all, without evseId of all EVSEs."""

    tariffIds: Annotated[list[TariffId] | None, AsList] = Field(default=None, min_length=1)
    evseId: int | None = Field(default=None, ge=0)
