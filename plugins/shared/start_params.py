"""What an operator may say of the power of a transaction that is started remotely, in all versions."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from plugins.shared.params import Params


class WithProfile(Params):
    """A remote start, either with a whole profile, or with a limit to make one of."""

    chargingProfile: dict[str, Any] | None = None
    """A charging profile of the version; its id, stackLevel, purpose and kind (Relative) may be left out."""
    limit: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    unit: Literal["A", "W"] = "A"
    numberPhases: int | None = Field(default=None, ge=1, le=3)

    @model_validator(mode="after")
    def _profile_or_limit(self) -> Self:
        if self.chargingProfile is not None and self.limit is not None:
            raise ValueError("give chargingProfile or limit, not both")
        if self.limit is None and self.model_fields_set & {"unit", "numberPhases"}:
            raise ValueError("unit and numberPhases belong to limit")
        return self
