"""Parameters of operations: what an operator gives, also by a command line, where everything looks like a number."""

import json
from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


class Params(BaseModel):
    """An operation's parameters: an unknown one is an error, and no value is repeated in an error's text."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


def _as_text(value: Any) -> Any:
    if isinstance(value, str) or value is None:
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list | tuple) or value is None else [value]


AsText = BeforeValidator(_as_text)
"""`value=60` of a command line is a number, and `true` a boolean; where OCPP wants text, they become text."""
AsList = BeforeValidator(_as_list)
"""One where a list is wanted is a list of one."""
