"""A station's configuration keys: what is kept of them, and what changed since they were last read (1.6 5.8, 5.9)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from broker.api import Variable, is_secret_key, shown_text
from plugins.shared.values import text

Known = Mapping[str, Variable]
Answer = Mapping[str, Any]


def is_secret(key: str) -> bool:
    """Whether the value of this key is neither kept nor shown."""
    return is_secret_key(key)


def by_key(variables: Iterable[Variable]) -> dict[str, Variable]:
    """The keys of a station by name; a key is a CiString50Type, compared without regard to case."""
    return {one.variable.casefold(): one for one in variables if one.component == "" and one.attribute == "Actual"}


def told(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The keys of a GetConfiguration's answer that can be read as such."""
    found = payload.get("configurationKey")
    keys = found if isinstance(found, list) else []
    return [one for one in keys if isinstance(one, dict) and isinstance(one.get("key"), str)]


def unknown(payload: Mapping[str, Any]) -> list[str]:
    """The keys that the station does not have."""
    found = payload.get("unknownKey")
    return [key for key in found if isinstance(key, str)] if isinstance(found, list) else []


def learned(identity: str, known: Known, key: str, value: Any, readonly: bool | None, now: float) -> Variable:
    """The row of a key as it is now. `readonly` None: as it was."""
    before = known.get(key.casefold())
    kept = None if is_secret(key) else _shown(value)
    if before is None:
        return _variable(identity, key, kept, bool(readonly), now, None, now)
    readonly = before.readonly if readonly is None else readonly
    if before.value == kept:
        return _variable(identity, before.variable, kept, readonly, now, before.previous, before.changed_at)
    return _variable(identity, before.variable, kept, readonly, now, before.value, now)


def changes(known: Known, answers: Sequence[Answer], *, everything: bool) -> list[dict[str, Any]]:
    """What these answers say that was not so before: `{key, previous, value}`, or `{key, removed}`.

    Nothing where no key was known before. `everything`: the station was asked for all that it has.
    """
    if not known:
        return []
    found = [_change(known.get(one["key"].casefold()), one) for answer in answers for one in told(answer)]
    lost = [{"key": row.variable, "removed": True} for row in gone(known, answers, everything=everything)]
    return [change for change in found if change is not None] + lost


def gone(known: Known, answers: Sequence[Answer], *, everything: bool) -> list[Variable]:
    """The known keys that the station does not have any more.

    They are those that it says it does not know and, asked for `everything`, those that it does not name; but a secret
    is write-only, and never named.
    """
    lost = {key.casefold() for answer in answers for key in unknown(answer)}
    named = {one["key"].casefold() for answer in answers for one in told(answer)}
    if everything and named:
        lost |= {name for name, row in known.items() if name not in named and not is_secret(row.variable)}
    return [known[name] for name in sorted((lost - named) & known.keys())]


def without_secrets(key: Mapping[str, Any]) -> dict[str, Any]:
    """A key as the station told it, without the value if that is a secret."""
    shown = {name: value for name, value in key.items() if name != "value" or not is_secret(key["key"])}
    return {name: shown_text(value) if isinstance(value, str) else value for name, value in shown.items()}


def _change(before: Variable | None, told: Mapping[str, Any]) -> dict[str, Any] | None:
    key: str = told["key"]
    value = None if is_secret(key) else _shown(told.get("value"))
    if before is not None and before.value == value:
        return None
    change = {"key": key, "previous": before.value if before is not None else None, "value": value}
    return {name: one for name, one in change.items() if one is not None}


def _shown(value: Any) -> str | None:
    """A value as text; some stations write numbers and booleans as such."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    said = text(value)
    return None if said is None else shown_text(said)


def _variable(
    identity: str,
    key: str,
    value: str | None,
    readonly: bool,
    at: float,
    previous: str | None,
    changed_at: float | None,
) -> Variable:
    return Variable(
        identity=identity,
        component="",
        variable=text(key) or "",
        attribute="Actual",
        value=value,
        readonly=readonly,
        at=at,
        previous=previous,
        changed_at=changed_at,
    )
