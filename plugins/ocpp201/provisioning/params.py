"""What operators give to the operations of `ocpp201.provisioning`; what they leave out the plugin chooses."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from plugins.ocpp201.provisioning.places import ComponentVariable, GetVariable, SetVariable
from plugins.shared.params import AsList, AsText, Params

RequestId = Annotated[int, Field(ge=0, lt=2**31)]


class GetVariables(Params):
    """`variable` or `getVariableData`."""

    variable: Annotated[list[GetVariable], AsList, Field(min_length=1)] | None = None
    """`OCPPCommCtrlr.OfflineThreshold`, `EVSE@1.AvailabilityState`, `Component#instance@1.2.Name#instance`; behind a
    slash another attribute than Actual: `.../Target`."""
    getVariableData: Annotated[list[GetVariable], AsList, Field(min_length=1)] | None = None
    """The same as OCPP writes it."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "GetVariables":
        if (self.variable is None) == (self.getVariableData is None):
            raise ValueError("variable or getVariableData, one of them")
        return self

    @property
    def items(self) -> list[dict[str, Any]]:
        """The GetVariableData to send."""
        return [one.sent() for one in self.variable or self.getVariableData or []]


class SetVariables(Params):
    """`variable` with `value`, or `values`, or `setVariableData`."""

    variable: GetVariable | None = None
    """As for get-variables."""
    value: Annotated[str, AsText] | None = None
    values: dict[str, Annotated[str, AsText]] | None = None
    """Values by such texts."""
    setVariableData: Annotated[list[SetVariable], AsList, Field(min_length=1)] | None = None
    """The same as OCPP writes it."""

    @model_validator(mode="after")
    def _one_of_them(self) -> "SetVariables":
        if (self.variable is None) != (self.value is None):
            raise ValueError("variable and value, both of them")
        if sum(bool(one) for one in (self.variable, self.values, self.setVariableData)) != 1:
            raise ValueError("variable with value, values, or setVariableData, one of them")
        for text in self.values or {}:
            GetVariable.model_validate(text)
        return self

    @property
    def items(self) -> list[dict[str, Any]]:
        """The SetVariableData to send."""
        if self.variable is not None:
            return [{**self.variable.sent(), "attributeValue": self.value}]
        if self.values is not None:
            named = ((GetVariable.model_validate(text), value) for text, value in self.values.items())
            return [{**one.sent(), "attributeValue": value} for one, value in named]
        return [one.sent() for one in self.setVariableData or []]


class _Report(Params):
    requestId: RequestId | None = None
    """Left out: a fresh one."""
    wait: bool = True
    """Whether to wait for the report and show it."""
    timeout: float = Field(default=30.0, gt=0, le=600)
    """Seconds to wait for it."""


class GetBaseReport(_Report):
    reportBase: Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"] = "FullInventory"


class GetReport(_Report):
    componentVariable: Annotated[list[ComponentVariable], AsList] | None = None
    """`EVSE@1.AvailabilityState`, or a component alone, or as OCPP writes it."""
    componentCriteria: (
        Annotated[list[Literal["Active", "Available", "Enabled", "Problem"]], AsList, Field(max_length=4)] | None
    ) = None


class Reset(Params):
    type: Literal["Immediate", "OnIdle", "ImmediateAndResume"] = "OnIdle"
    """ImmediateAndResume is of 2.1."""
    evseId: int | None = None
    """Left out: the whole station."""
