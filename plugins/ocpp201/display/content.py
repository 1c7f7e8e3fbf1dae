"""The texts of a display message, the driver's language first (2.1 O01, messageExtra), without any I/O."""

from collections.abc import Iterable, Sequence
from typing import Any

from plugins.ocpp201.display.params import Content, SetDisplayMessage
from plugins.ocpp201.versions import V21
from plugins.shared.members import given

_EXTRA = 4

Texts = list[dict[str, Any]]


def texts_of(params: SetDisplayMessage, languages: Sequence[str], version: str) -> dict[str, Any]:
    """`message`, and `messageExtra`; `languages`: what the driver reads, the best first.

    2.0.1 shows one text: the first. An operator's own messageExtra goes out all the same, for the station to judge.
    """
    first, *others = _texts(params, languages)
    extra = [*(others if version == V21 else ()), *(_content(one) for one in params.messageExtra or ())]
    return {"message": first} | ({"messageExtra": extra[:_EXTRA]} if extra else {})


def _texts(params: SetDisplayMessage, languages: Sequence[str]) -> Texts:
    if params.message is not None:
        return [_content(params.message)]
    if isinstance(params.content, dict):
        return [_text(params, one, params.content[one]) for one in in_order(params.content, languages)]
    return [_text(params, params.language, params.content or "")]


def in_order(offered: Iterable[str], wanted: Sequence[str]) -> list[str]:
    """The languages that are offered, those that are wanted first. `nl` is good for who wants `nl-BE`, and back."""
    left = list(offered)
    first: list[str] = []
    for language in wanted:
        for match in (_same, _related):
            found = next((one for one in left if match(one, language)), None)
            if found is not None:
                left.remove(found)
                first.append(found)
                break
    return first + left


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _related(one: str, other: str) -> bool:
    return one.casefold().partition("-")[0] == other.casefold().partition("-")[0]


def _text(params: SetDisplayMessage, language: str | None, content: str) -> dict[str, Any]:
    return given({"format": params.format or "UTF8", "language": language, "content": content})


def _content(one: Content) -> dict[str, Any]:
    return one.model_dump(exclude_none=True)
