"""What operators give to the operations of `ocpp201.diagnostics`; what they leave out the plugin chooses."""

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, model_validator

from plugins.ocpp201.device_model import component_of, variable_of
from plugins.ocpp201.id_tokens import IdTokenParam
from plugins.shared.file_params import Location, Retried
from plugins.shared.params import AsList, Params

RequestId = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Timeout = Annotated[float, Field(gt=0, le=600)]
Hash = Annotated[str, Field(min_length=1, max_length=128)]


def _component(value: Any) -> Any:
    return component_of(value) if isinstance(value, str) and value else value


def _variable(value: Any) -> Any:
    return variable_of(value) if isinstance(value, str) and value else value


Component = Annotated[
    dict[str, Any], Field(min_length=1), BeforeValidator(_component, json_schema_input_type=str | dict[str, Any])
]
"""A ComponentType, or its text: `OCPPCommCtrlr`, `EVSE@1`, `Connector@1.2`."""
Variable = Annotated[
    dict[str, Any], Field(min_length=1), BeforeValidator(_variable, json_schema_input_type=str | dict[str, Any])
]
"""A VariableType, or its text: `Power`, `ItemsPerMessage#GetReport`."""


class DiagnosticsParams(Params):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Waiting(DiagnosticsParams):
    requestId: RequestId | None = None
    """Left out: a fresh one."""
    wait: bool = True
    """Whether to wait for the report."""
    timeout: Timeout = 30.0
    """Seconds for the report."""


class Nothing(DiagnosticsParams):
    """Nothing is to be given."""


# --- logs -----------------------------------------------------------------------------------------------------------


class GetLog(Retried):
    logType: Literal["DiagnosticsLog", "SecurityLog", "DataCollectorLog"] = "DiagnosticsLog"
    """DataCollectorLog is of 2.1."""
    remoteLocation: Location | None = None
    """Where the station brings the log; left out: a URL of the file endpoint."""
    oldestTimestamp: AwareDatetime | None = None
    latestTimestamp: AwareDatetime | None = None
    requestId: RequestId | None = None
    """Left out: a fresh one."""


# --- monitoring -----------------------------------------------------------------------------------------------------


class SetMonitoringBase(DiagnosticsParams):
    monitoringBase: Literal["All", "FactoryDefault", "HardWiredOnly"]


class SetMonitoringLevel(DiagnosticsParams):
    severity: int
    """0 (danger) to 9 (debug): what is more severe, or as severe, is reported."""


class Stream(DiagnosticsParams):
    interval: int | None = None
    values: int | None = None


class Monitor(DiagnosticsParams):
    """A SetMonitoringDataType."""

    component: Component
    variable: Variable
    type: Literal[
        "UpperThreshold",
        "LowerThreshold",
        "Delta",
        "Periodic",
        "PeriodicClockAligned",
        "TargetDelta",
        "TargetDeltaRelative",
    ]
    """TargetDelta and TargetDeltaRelative are of 2.1."""
    value: int | float | None = None
    """Threshold, difference, or seconds. Left out for Delta: 1, which N04.FR.17 has for what is no number."""
    severity: int = 8
    """0 (danger) to 9 (debug); left out: 8, informational."""
    id: int | None = None
    """A monitor that is there, and is replaced."""
    transaction: bool | None = None
    """Whether it counts during transactions alone."""
    periodicEventStream: Stream | None = None
    """2.1: have the values come as a stream."""

    @model_validator(mode="after")
    def _has_value(self) -> Self:
        if self.value is None and self.type != "Delta":
            raise ValueError("value is needed")
        return self

    @property
    def payload(self) -> dict[str, Any]:
        """As it is sent."""
        return {"value": 1, **self.model_dump(exclude_none=True)}


class SetVariableMonitoring(DiagnosticsParams):
    setMonitoringData: Annotated[list[Monitor], AsList, Field(min_length=1)] | None = None
    """Several; or the members of one."""
    component: Component | None = None
    variable: Variable | None = None
    type: str | None = None
    value: int | float | None = None
    severity: int | None = None
    id: int | None = None
    transaction: bool | None = None
    periodicEventStream: Stream | None = None

    @property
    def monitors(self) -> list[Monitor]:
        """Those that are asked for."""
        return self.setMonitoringData or [Monitor.model_validate(self._one())]

    def _one(self) -> dict[str, Any]:
        return self.model_dump(exclude={"setMonitoringData"}, exclude_none=True)

    @model_validator(mode="after")
    def _several_or_one(self) -> Self:
        one = self._one()
        if (self.setMonitoringData is not None) == bool(one):
            raise ValueError("setMonitoringData, or component, variable and type of one monitor")
        if one:
            Monitor.model_validate(one)
        return self


class ClearVariableMonitoring(DiagnosticsParams):
    id: Annotated[list[int], AsList, Field(min_length=1)]
    """One or several."""


class ComponentVariable(DiagnosticsParams):
    component: Component
    variable: Variable | None = None
    """Left out: all variables of the component."""


class GetMonitoringReport(Waiting):
    monitoringCriteria: (
        Annotated[list[Literal["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]], AsList] | None
    ) = None
    componentVariable: Annotated[list[ComponentVariable], AsList] | None = None


# --- customers ------------------------------------------------------------------------------------------------------


class HashData(DiagnosticsParams):
    hashAlgorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuerNameHash: Hash
    issuerKeyHash: Hash
    serialNumber: Annotated[str, Field(min_length=1, max_length=40)]


class CustomerInformation(Waiting):
    report: bool = True
    clear: bool = False
    idToken: IdTokenParam | None = None
    customerIdentifier: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    customerCertificate: HashData | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        named = (self.idToken, self.customerIdentifier, self.customerCertificate)
        if sum(one is not None for one in named) != 1:
            raise ValueError("one of idToken, customerIdentifier and customerCertificate")
        return self
