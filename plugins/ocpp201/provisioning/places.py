"""Components and variables that an operator names: by one text, or as OCPP writes them.

`OCPPCommCtrlr.OfflineThreshold`, `EVSE@1.AvailabilityState`, `Connector@1.2`, `TxCtrlr.TxStartPoint/Target`.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from plugins.ocpp201.device_model import component_of, variable_of

AttributeName = Literal["Actual", "Target", "MinSet", "MaxSet"]
_ATTRIBUTES = ("Actual", "Target", "MinSet", "MaxSet")


class _Item(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    def sent(self) -> dict[str, Any]:
        """As OCPP writes it."""
        return self.model_dump(exclude_none=True)


class Evse(_Item):
    id: int
    connectorId: int | None = None


class Component(_Item):
    name: str = Field(min_length=1, max_length=50)
    instance: str | None = Field(default=None, max_length=50)
    evse: Evse | None = None


class Name(_Item):
    name: str = Field(min_length=1, max_length=50)
    instance: str | None = Field(default=None, max_length=50)


class ComponentVariable(_Item):
    """Of GetReport: a component, with one of its variables or all."""

    component: Component
    variable: Name | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        return _named(given) if isinstance(given, str) else given


class GetVariable(_Item):
    """Of GetVariables."""

    component: Component
    variable: Name
    attributeType: AttributeName | None = None

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        text, slash, attribute = given.rpartition("/")
        found = {**_named(text), "attributeType": attribute} if slash and attribute in _ATTRIBUTES else _named(given)
        if "variable" not in found:
            raise ValueError("Component.Variable is expected, such as OCPPCommCtrlr.OfflineThreshold")
        return found


class SetVariable(_Item):
    """Of SetVariables."""

    component: Component
    variable: Name
    attributeType: AttributeName | None = None
    attributeValue: str = Field(repr=False)


def _named(text: str) -> dict[str, Any]:
    """What stands behind the last dot is the variable, unless it is the number of a connector."""
    component, dot, variable = text.rpartition(".")
    if not dot or variable.isdecimal():
        return {"component": component_of(text)}
    return {"component": component_of(component), "variable": variable_of(variable)}
