"""The faults of a document that somebody has sent, and that is to be a part of the configuration."""

from typing import Any, TypeVar

from pydantic import ValidationError

from broker.config.base import Model
from broker.config.translate import problems_of

_Model = TypeVar("_Model", bound=Model)


def checked(model: type[_Model], document: Any) -> _Model | list[tuple[str, str]]:
    """What `document` describes, or the path and what was expected there for each of its faults.

    No value is in the faults: it may be a secret.
    """
    try:
        return model.model_validate(document)
    except ValidationError as error:
        return [(problem.path, problem.expected) for problem in problems_of(error, document, model)]
