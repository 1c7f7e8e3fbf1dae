"""What operators give to the operations of `ocpp201.display`; what they leave out the plugin chooses."""

from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, model_validator

from plugins.ocpp201.device_model import component_of
from plugins.shared.params import AsList, AsText, Params

RequestId = Annotated[int, Field(ge=-(2**31), lt=2**31)]
MessageId = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Format = Literal["ASCII", "HTML", "URI", "UTF8", "QRCODE"]
Priority = Literal["AlwaysFront", "InFront", "NormalCycle"]
State = Literal["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"]


def _component(value: Any) -> Any:
    return component_of(value) if isinstance(value, str) and value else value


class DisplayParams(Params):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Content(DisplayParams):
    """A MessageContentType."""

    format: Format = "UTF8"
    """QRCODE is of 2.1."""
    language: Annotated[str, Field(max_length=8)] | None = None
    content: Annotated[str, AsText]


class SetDisplayMessage(DisplayParams):
    content: dict[str, str] | Annotated[str, AsText] | None = None
    """The text; or one for each language, `{"en": "...", "nl": "..."}`: the driver's comes first."""
    message: Content | None = None
    """In the place of `content`."""
    messageExtra: Annotated[list[Content], AsList, Field(min_length=1)] | None = None
    """2.1: the same in up to four other languages."""
    format: Format | None = None
    """Left out: UTF8."""
    language: Annotated[str, Field(max_length=8)] | None = None
    """Of a `content` that is one text."""
    id: MessageId | None = None
    """A message that is there, and is replaced; left out: a fresh one."""
    priority: Priority = "NormalCycle"
    state: State | None = None
    """When it is shown; left out: always. Suspended and Discharging are of 2.1."""
    startDateTime: AwareDatetime | None = None
    endDateTime: AwareDatetime | None = None
    transactionId: Annotated[str, Field(min_length=1, max_length=36), AsText] | None = None
    """During this transaction alone."""
    display: (
        Annotated[dict[str, Any], BeforeValidator(_component, json_schema_input_type=str | dict[str, Any])] | None
    ) = None
    """A ComponentType, or its text; left out: the station's main display."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.content is None) == (self.message is None):
            raise ValueError("content or message, one of them")
        if self.message is not None and (self.format is not None or self.language is not None):
            raise ValueError("format and language belong to content")
        if self.content == {}:
            raise ValueError("content has no text")
        return self


class GetDisplayMessages(DisplayParams):
    id: Annotated[list[MessageId], AsList, Field(min_length=1)] | None = None
    priority: Priority | None = None
    state: State | None = None
    requestId: RequestId | None = None
    """Left out: a fresh one."""
    wait: bool = True
    """Whether to wait for the messages."""
    timeout: Annotated[float, Field(gt=0, le=600)] = 30.0
    """Seconds for the messages."""


class ClearDisplayMessage(DisplayParams):
    id: MessageId


class Nothing(DisplayParams):
    """Nothing is to be given."""
