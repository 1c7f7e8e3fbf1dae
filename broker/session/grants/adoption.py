"""Credentials that pass by: what a call would change of what the station logs in with (design 5, point 12).

A CSMS behind the broker that sets a password sets the one that the station shows to the broker. Whoever lets such a
call through has to learn it first, or the station has locked itself out at its next connection (field-notes S-09).
"""

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from broker.ocpp import Call, Reply
from broker.ocpp.actions import FROM_STATION, TO_STATION

PASSWORDS = frozenset({"authorizationkey", "basicauthpassword"})
_PROFILE = "securityprofile"
_IDENTITIES = frozenset(
    {"identity", "chargeboxid", "chargeboxidentity", "chargepointid", "chargepointidentity", "chargingstationid"}
)
ADOPTABLE = PASSWORDS | _IDENTITIES | {_PROFILE}
"""Normalised names of the settings that the broker can follow."""

_SLOT = "networkconfiguration"
_Value = TypeVar("_Value", str, int)
_TAKEN = frozenset({"Accepted", "RebootRequired"})


class Setting(msgspec.Struct, frozen=True):
    """One setting that a call makes; the value may be a secret."""

    name: str
    """Normalised: see `normalised`."""
    value: Any
    component: str = ""
    """Normalised too; empty in 1.6."""
    slot: bool = False
    """Part of a network configuration, which the station uses once it is chosen by priority (2.0.1 B09)."""

    def __repr__(self) -> str:
        return f"<Setting {self.component}.{self.name}>"


class Change(msgspec.Struct, frozen=True):
    """What a call would change of a station's credentials."""

    action: str
    password: str | None = None
    security_profile: int | None = None
    identity: str | None = None
    slot: bool = False
    """The security profile is that of a network configuration: see `Setting.slot`."""
    fault: str = ""
    """Why nobody could follow it; such a call is not to be let through."""

    @property
    def kind(self) -> str:
        """For a log: `password`, `security_profile`, `identity`, or several of them."""
        names = ("password", "security_profile", "identity")
        return ", ".join(name for name in names if getattr(self, name) is not None)

    def __repr__(self) -> str:
        return f"<Change {self.action}: {self.fault or self.kind}>"


class Learner(Protocol):
    """What an `Adoption` asks of `broker.session.grants.credential_book.CredentialBook`."""

    async def expect(self, identity: str, change: Change, *, profile: int) -> str:
        """Be ready for it, durably; or why it may not go to the station."""

    def settled(self, identity: str, change: Change, taken: bool | None) -> None:
        """What the station said; None: nothing that tells."""


class Adoption:
    """The credential changes of one station that pass by."""

    __slots__ = ("_book", "_identity", "_profile")

    def __init__(self, book: Learner, identity: str, *, profile: int) -> None:
        """`profile` is the security profile of this connection."""
        self._book = book
        self._identity = identity
        self._profile = profile

    def watch(self, call: Call) -> Change | None:
        """What a call to the station would change; None for nearly all, after a look-up of the action."""
        return change_in(call)

    async def expect(self, change: Change) -> str:
        """Make ready for the old and the new before the call goes out; or a text that says why it must not."""
        return await self._book.expect(self._identity, change, profile=self._profile)

    def confirmed(self, change: Change, reply: Reply | None) -> bool:
        """Note the station's own answer, and tell whether it took the change.

        None where no answer came: nobody knows, so the old and the new stay valid.
        """
        taken = None if reply is None else _taken(change, reply)
        self._book.settled(self._identity, change, taken)
        return taken is True

    def unsent(self, change: Change) -> None:
        """The call never went out: a plugin answered it, or there was no room for it."""
        self._book.settled(self._identity, change, False)


def change_in(call: Call) -> Change | None:
    """What `call` would change of the station's credentials."""
    try:
        settings = [setting for setting in settings_of(call) if setting.name in ADOPTABLE]
        return _change(call.action, settings) if settings else None
    except ValueError as error:
        return Change(call.action, fault=str(error))


def settings_of(call: Call) -> list[Setting]:
    """The settings that `call` makes, [] for an action that makes none.

    ValueError, without a value in it, where it cannot be told. That includes a member that stands there twice:
    parsers differ in which one they take, and the station's may take the other.
    """
    reader = _reader_of(call.action)
    if reader is None:
        return []
    try:
        return list(reader(json.loads(call.raw.decode(), object_pairs_hook=_Members)))
    except (ValueError, RecursionError):
        raise ValueError("what it sets cannot be told") from None


def normalised(name: str) -> str:
    """A name without case, blanks and punctuation, all of which stations are liberal about."""
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())


# --- reading ---------------------------------------------------------------------------------------------------------


class _Members(dict[str, Any]):
    """The members of an object, whatever their case."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__((name.strip().casefold(), value) for name, value in pairs)
        self.ambiguous = len(self) < len(pairs)


def _members(value: Any) -> _Members:
    if not isinstance(value, _Members) or value.ambiguous:
        raise ValueError("not an object, or one with a member twice")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a name")
    return normalised(value)


def _items(value: Any) -> list[_Members]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return [_members(item) for item in value]


def _configuration(payload: Any) -> Iterator[Setting]:
    members = _members(payload)
    yield Setting(_name(members.get("key")), members.get("value"))


def _variables(payload: Any) -> Iterator[Setting]:
    for item in _items(_members(payload).get("setvariabledata")):
        component, name = _place(item)
        yield Setting(name, item.get("attributevalue"), component, slot=component == _SLOT)


def _network_profile(payload: Any) -> Iterator[Setting]:
    data = _members(_members(payload).get("connectiondata"))
    for name in (_PROFILE, "basicauthpassword", "identity"):
        if name in data:
            yield Setting(name, data[name], _SLOT, slot=True)


def _place(item: _Members) -> tuple[str, str]:
    """Component and variable."""
    return _name(_members(item.get("component")).get("name")), _name(_members(item.get("variable")).get("name"))


_READERS: Mapping[str, Callable[[Any], Iterator[Setting]]] = {
    "ChangeConfiguration": _configuration,
    "SetNetworkProfile": _network_profile,
    "SetVariables": _variables,
}
_FOLDED = {normalised(action): reader for action, reader in _READERS.items()}
_KNOWN = frozenset[str]().union(*FROM_STATION.values(), *TO_STATION.values())


def _reader_of(action: str) -> Callable[[Any], Iterator[Setting]] | None:
    """By the name as it is or, where no version has it, by what a liberal station may take it for."""
    reader = _READERS.get(action)
    return reader if reader is not None or action in _KNOWN else _FOLDED.get(normalised(action))


# --- what it comes to ------------------------------------------------------------------------------------------------


def _change(action: str, settings: list[Setting]) -> Change:
    profiles = [setting for setting in settings if setting.name == _PROFILE]
    return Change(
        action,
        password=_single("password", [_text(setting) for setting in settings if setting.name in PASSWORDS]),
        security_profile=_single("security profile", [_number(setting) for setting in profiles]),
        identity=_single("identity", [_text(setting) for setting in settings if setting.name in _IDENTITIES]),
        slot=bool(profiles) and all(setting.slot for setting in profiles),
    )


def _single(what: str, values: list[_Value]) -> _Value | None:
    if any(value != values[0] for value in values):
        raise ValueError(f"sets more than one {what}")
    return values[0] if values else None


def _text(setting: Setting) -> str:
    value = setting.value
    if not isinstance(value, str) or not value:
        raise ValueError(f"no text for {setting.name}")
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate: no bytes of it could be sent in a header
        raise ValueError(f"no text for {setting.name}") from None
    return value


def _number(setting: Setting) -> int:
    """A security profile; 1.6 and SetVariables have it as text."""
    text = setting.value.strip() if isinstance(setting.value, str) else setting.value
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) == 1:
        return int(text)
    raise ValueError("no number of a security profile")


# --- the station's answer --------------------------------------------------------------------------------------------


def _taken(change: Change, reply: Reply) -> bool | None:
    """Whether the station took it, in whole or in part; None where its answer does not tell."""
    if not reply.is_result:
        return False
    try:
        return not _TAKEN.isdisjoint(_statuses(json.loads(reply.raw.decode(), object_pairs_hook=_Members)))
    except (ValueError, RecursionError, TypeError):
        return None


def _statuses(payload: Any) -> list[Any]:
    members = _members(payload)
    if "setvariableresult" not in members:
        return [_status(members, "status")]
    results = _items(members["setvariableresult"])
    statuses = [_status(item, "attributestatus") for item in results if _place(item)[1] in ADOPTABLE]
    if not statuses:
        raise ValueError("nothing is said of it")
    return statuses


def _status(members: _Members, name: str) -> str:
    if not isinstance(members.get(name), str):
        raise ValueError("no status")
    return str(members[name])
