"""What stations log in with since a CSMS behind the broker has changed it (design 5, point 12; field-notes S-09).

A new password or a higher security profile is written down before the call that sets it goes to the station. From
then on the station may come with the old or the new; its first login with the new one ends the old, which is the
configured one at first (A01.FR.03). So neither a lost answer nor a crash at any moment locks a station out.

Only digests are kept. Nothing here judges a login: `broker.server.authenticate` does, and reports to `used`.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable

import msgspec
import structlog

from broker.session.grants.adoption import Change
from broker.store import Store, StoreFailed, ops

_MOST_PENDING = 8
_HIGHEST_PROFILE = 3
_FIRST_OVER_TLS = 2
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")

_log = structlog.get_logger("broker.session")


class Secret(msgspec.Struct, frozen=True):
    """The salted SHA-256 of a password in each form that a station may send it in; see `broker.server.credentials`."""

    salt: str
    digests: tuple[str, ...]
    """In hex. Two for what can be read as hex: an AuthorizationKey is sent as its text or as the bytes of it."""

    @classmethod
    def of(cls, password: str, salt: str = "") -> "Secret":
        """What is kept of a password that a station is told."""
        salt = salt or secrets.token_hex(16)
        forms = [password.encode()]
        if _HEX.fullmatch(password):
            forms.append(bytes.fromhex(password))
        return cls(salt, tuple(hashlib.sha256(salt.encode() + form).hexdigest() for form in forms))

    def is_of(self, password: str) -> bool:
        """Whether it was made of this password."""
        return self == Secret.of(password, self.salt)

    def __repr__(self) -> str:
        return "Secret(***)"


class Pending(msgspec.Struct, eq=False):
    """Something new that the station was told, or is about to be: a password or a security profile."""

    password: Secret | None = None
    security_profile: int | None = None
    kept: bool = True
    """False while the one call that sets it is not answered: then the station's refusal takes it back."""

    def is_of(self, change: Change) -> bool:
        """Whether `change` sets it."""
        if self.password is not None:
            return change.password is not None and self.password.is_of(change.password)
        return self.security_profile == change.security_profile


class Adopted(msgspec.Struct, eq=False):
    """What the broker has learned of one station; where a member is None, the configuration counts."""

    password: Secret | None = None
    instead_of_password: str = ""
    """The fingerprint of what was configured when `password` took its place; another one counts again."""
    security_profile: int | None = None
    instead_of_profile: int | None = None
    pending: list[Pending] = []
    """The newest last."""
    lowest_profile: int = 0
    """The lowest security profile that it may come with where none is configured (A05.FR.07)."""

    @property
    def passwords(self) -> list[Secret]:
        """The new passwords that it may come with, the newest first."""
        return [one.password for one in reversed(self.pending) if one.password is not None]

    @property
    def profiles(self) -> list[int]:
        """The new security profiles that it may come with, the newest first."""
        return [one.security_profile for one in reversed(self.pending) if one.security_profile is not None]


MayEnter = Callable[[str, int, bool], str]
"""Identity, security profile, whether a password was adopted -> why it would not get in; empty where it would."""


def _no_door(identity: str, profile: int, password: bool) -> str:
    return "nobody knows whether the station would get in with another security profile"


class CredentialBook:
    """The adopted credentials of all stations, by the identity that they log in as."""

    def __init__(self, store: Store | None) -> None:
        """Without a store nothing can be adopted."""
        self.may_enter: MayEnter = _no_door
        """Set by the door, which knows the listeners and what is registered."""
        self._store = store
        self._stations: dict[str, Adopted] = {}
        self._logins: dict[str, str] = {}

    async def load(self) -> None:
        """Read what was adopted before; to be awaited before the first station is let in."""
        rows = {} if self._store is None else await self._store.credentials()
        for identity, row in rows.items():
            try:
                adopted = msgspec.json.decode(row, type=Adopted)
            except ValueError:
                _log.error("credentials: what was adopted cannot be read, the configured ones count", identity=identity)
                continue
            for one in adopted.pending:
                one.kept = True  # nobody will hear the answer to the call
            self._stations[identity] = adopted

    def of(self, login: str) -> Adopted | None:
        """What the station that logs in as `login` may come with; None: as configured. To be read only."""
        return self._stations.get(login)

    def renamed(self, login: str, identity: str) -> None:
        """The station that logs in as `login` is called `identity` from here on, by a plugin's wish if they differ."""
        if identity == login:
            self._logins.pop(identity, None)
        else:
            self._logins[identity] = login

    # --- changes that go to the station -----------------------------------------------------------------------------

    async def expect(self, identity: str, change: Change, *, profile: int) -> str:
        """Be ready for `change`, on the disk as well, before it goes to the station; or a text why it must not go.

        `profile` is the one that the station has come with.
        """
        login = self._logins.get(identity, identity)
        adopted = self._stations.get(login) or Adopted()
        fault = change.fault or _foreign(change, login) or self._profile_fault(login, adopted, change, profile)
        if fault:
            return fault
        # Profile 3 asks for no password, and a station on it is never to come with one instead.
        passwords = () if profile == _HIGHEST_PROFILE else _new_password(adopted, change)
        fresh = [*passwords, *self._new_profile(login, adopted, change, profile)]
        if not fresh and not any(one.is_of(change) for one in adopted.pending):
            return ""
        if len(adopted.pending) + len(fresh) > _MOST_PENDING:
            return "the station has not logged in with any of the latest changes"
        adopted.pending += fresh
        self._stations[login] = adopted
        fault = await self._commit(login, adopted)
        if fault:
            self._withdraw(login, [one for one in fresh if not one.kept])  # another call may set the same meanwhile
        return fault

    def settled(self, identity: str, change: Change, taken: bool | None) -> None:
        """The station has taken it, or refused it; None: it has not said, so that either may be."""
        login = self._logins.get(identity, identity)
        adopted = self._stations.get(login)
        concerned = [] if adopted is None else [one for one in adopted.pending if one.is_of(change)]
        if taken is False:
            self._withdraw(login, [one for one in concerned if not one.kept])
            return
        for one in concerned:
            one.kept = True
        if taken:
            _log.info("credentials: the station has taken new ones", identity=identity, change=change.kind)

    def _profile_fault(self, login: str, adopted: Adopted, change: Change, current: int) -> str:
        """Never lower (A05.FR.06), and higher only where it gets in then. That of a slot does not count yet."""
        wanted = change.security_profile
        if wanted is None or change.slot or wanted == current:
            return ""
        return self._barred(login, adopted, change, wanted, current)

    def _new_profile(self, login: str, adopted: Adopted, change: Change, current: int) -> Iterable[Pending]:
        wanted = change.security_profile
        if wanted is None or wanted == current or self._barred(login, adopted, change, wanted, current):
            return
        if not _known(adopted, [one for one in adopted.pending if one.security_profile == wanted]):
            yield Pending(security_profile=wanted, kept=False)

    def _barred(self, login: str, adopted: Adopted, change: Change, wanted: int, current: int) -> str:
        """Why the station is not to come with the profile `wanted`."""
        if wanted < current:
            return "a security profile is never lowered"
        if wanted > _HIGHEST_PROFILE:
            return f"there is no security profile {wanted}"
        password = adopted.password is not None or bool(adopted.passwords) or change.password is not None
        return self.may_enter(login, wanted, password)

    # --- logins -----------------------------------------------------------------------------------------------------

    def used(
        self, login: str, *, password: tuple[Secret, str] | None = None, profile: tuple[int, int | None] | None = None
    ) -> None:
        """The station has logged in with something new, each beside what is configured: the old one is over."""
        adopted = self._stations.get(login)
        if adopted is None:
            return
        if password is not None:
            adopted.password, adopted.instead_of_password = password
            adopted.pending = _newer(adopted.pending, adopted.password)
        if profile is not None:
            adopted.security_profile, adopted.instead_of_profile = profile
            adopted.pending = [one for one in adopted.pending if (one.security_profile or 4) > profile[0]]
        self._save(login)
        _log.info("credentials: the first login with new ones, the old ones are over", identity=login)

    def came(self, login: str, profile: int) -> None:
        """The station has logged in with `profile`: over TLS, it never comes in with a lower one again."""
        adopted = self._stations.get(login)
        lowest = profile if profile >= _FIRST_OVER_TLS else 0  # below that, what is registered tells 0 and 1 apart
        if lowest == (0 if adopted is None else adopted.lowest_profile):
            return
        if adopted is None:
            adopted = self._stations[login] = Adopted()
        adopted.lowest_profile = lowest
        self._save(login)

    def reconfigured(self, login: str, *, password: bool = False, profile: bool = False) -> None:
        """What is configured has changed since: it counts, and not what was adopted in its place."""
        adopted = self._stations.get(login)
        if adopted is None:
            return
        if password:
            adopted.password, adopted.instead_of_password = None, ""
        if profile:
            adopted.security_profile, adopted.instead_of_profile = None, None
        self._save(login)
        _log.warning("credentials: the configuration has changed, adopted ones are forgotten", identity=login)

    def forget(self, login: str) -> bool:
        """Back to what is configured, pending ones included; False where nothing was adopted."""
        if self._stations.pop(login, None) is None:
            return False
        self._save(login)
        return True

    # --- the store --------------------------------------------------------------------------------------------------

    async def _commit(self, login: str, adopted: Adopted) -> str:
        if self._store is None:
            return "there is no store to keep the new credentials in"
        try:
            await self._store.write([ops.put_credential(login, msgspec.json.encode(adopted))])
        except StoreFailed:
            return "the new credentials could not be stored"
        return ""

    def _withdraw(self, login: str, gone: list[Pending]) -> None:
        adopted = self._stations.get(login)
        if adopted is not None and gone:
            adopted.pending = [one for one in adopted.pending if one not in gone]
            self._save(login)

    def _save(self, login: str) -> None:
        """Nobody waits for it: what the disk has until then lets the station in as well."""
        adopted = self._stations.get(login)
        if (
            adopted is not None
            and adopted.password is None
            and adopted.security_profile is None
            and not adopted.pending
            and not adopted.lowest_profile
        ):
            del self._stations[login]
            adopted = None
        if self._store is None:
            return
        if adopted is None:
            self._store.later([ops.drop_credential(login)])
        else:
            self._store.later([ops.put_credential(login, msgspec.json.encode(adopted))])


def _foreign(change: Change, login: str) -> str:
    if change.identity is None or change.identity == login:
        return ""
    return "the broker knows the station by its identity"


def _new_password(adopted: Adopted, change: Change) -> Iterable[Pending]:
    password = change.password
    if password is None or (adopted.password is not None and adopted.password.is_of(password)):
        return
    if not _known(adopted, [one for one in adopted.pending if one.password is not None and one.is_of(change)]):
        yield Pending(password=Secret.of(password), kept=False)


def _known(adopted: Adopted, same: list[Pending]) -> bool:
    """Whether it pends already; then it is the newest again, and no refusal takes it back: it may be what counts."""
    for one in same:
        one.kept = True
        adopted.pending.remove(one)
        adopted.pending.append(one)
    return bool(same)


def _newer(pending: list[Pending], used: Secret) -> list[Pending]:
    """Without the passwords up to the one that was used."""
    at = next((index for index, one in enumerate(pending) if one.password == used), -1)
    return [one for index, one in enumerate(pending) if one.password is None or index > at]
