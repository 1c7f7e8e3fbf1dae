"""Which security profile a station comes with, and whether it proves it (OCPP 2.0.1 part 2, A00; 1.6 white paper).

What it must prove is configured or registered at run time, unless a CSMS has changed its credentials since: see
`broker.session.grants.credential_book`. A profile over TLS that it has come with once is the lowest from then on
(A05.FR.07): only a `security_profile` of the operator's own lowers it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from broker.server.certificate import fault_in
from broker.server.credentials import BAD, Password, basic, hash_password
from broker.server.refusal import Refusal, unauthorized
from broker.server.stations import StationBook, StationRecord
from broker.server.terms import Terms
from broker.session.grants.credential_book import Adopted, CredentialBook, Secret

# Compared with where no password is registered, so that the time taken does not tell who has one.
_NOBODY = Password.parse(hash_password("a station without a password"))


@dataclass(frozen=True, slots=True)
class Shown:
    """What a station has shown: its Authorization header, its certificate in DER, and whom it takes itself for."""

    authorization: str | None
    certificate: bytes | None
    identity: str = ""
    """In the URL, before `identity_aliases`; empty where that is none."""


def authenticate(
    record: StationRecord, shown: Shown, terms: Terms, book: StationBook, learned: CredentialBook | None = None
) -> int | Refusal:
    """The security profile, 0 to 3, that the station has proven, or why it may not enter.

    Of credentials that were adopted the new ones are tried first; proven once, they take the place of the old.
    """
    if learned is None:
        return _configured(record, shown, terms, book)
    profile = _learned(record, shown, terms, book, learned)
    if isinstance(profile, int) and book.sticky_profile:
        learned.came(record.identity, profile)
    return profile


def _learned(
    record: StationRecord, shown: Shown, terms: Terms, book: StationBook, learned: CredentialBook
) -> int | Refusal:
    adopted = learned.of(record.identity)
    if adopted is None:
        return _configured(record, shown, terms, book)
    current = _current(record, adopted, learned)
    if book.sticky_profile:
        current = replace(current, lowest_profile=adopted.lowest_profile)
    for candidate in _candidates(current, adopted):
        profile = _configured(candidate.record, shown, terms, book)
        if isinstance(profile, int) and candidate.proven_by(profile):
            _use(learned, record, candidate)
            return profile
    return _configured(current, shown, terms, book)


def _configured(record: StationRecord, shown: Shown, terms: Terms, book: StationBook) -> int | Refusal:
    """The security profile, 0 to 3, that the station has proven, or why it may not enter.

    A registered `security_profile` is the only one it may come with (A00.FR.001, 002). Without one it is the
    strongest that its registration and the listener allow.
    """
    profile = _demanded(record, shown, terms)
    if isinstance(profile, Refusal):
        return profile
    if profile == 3:
        return _certificate(record, shown.certificate, terms, book) or 3
    if profile == 0:
        return 0
    return _password(record, shown) or profile


def _demanded(record: StationRecord, shown: Shown, terms: Terms) -> int | Refusal:
    """The profile that this station has to prove on this listener."""
    choices = terms.profiles & ({0, 1} if terms.context is None else {2, 3})
    if record.security_profile is not None:
        if record.security_profile in choices:
            return record.security_profile
        return _wrong_profile(f"registered for profile {record.security_profile}")
    found = _over_tls(record, shown, choices) if terms.context is not None else _plain(record, choices)
    if isinstance(found, int) and found < record.lowest_profile:
        return _wrong_profile(f"it has come with profile {record.lowest_profile} before")
    return found


def _plain(record: StationRecord, choices: frozenset[int]) -> int | Refusal:
    if record.password is not None or record.serial_number is not None or 0 not in choices:
        # A station with a secret does not get in without it, whatever else the listener allows.
        if 1 in choices and record.serial_number is None:
            return 1
        return _wrong_profile("it has credentials that this listener does not take")
    return 0


def _over_tls(record: StationRecord, shown: Shown, choices: frozenset[int]) -> int | Refusal:
    if 3 in choices and (shown.certificate is not None or record.serial_number is not None or 2 not in choices):
        return 3
    return 2 if record.serial_number is None else _wrong_profile("it has a certificate's serial number")


def _wrong_profile(detail: str) -> Refusal:
    return Refusal(403, "profile", "not with this security profile", detail)


def _certificate(record: StationRecord, der: bytes | None, terms: Terms, book: StationBook) -> Refusal | None:
    fault = (
        "no certificate was shown"
        if der is None
        else fault_in(der, record, organization=terms.organization, owner_of=book.owner_of)
    )
    return None if fault is None else Refusal(403, "certificate", "certificate refused", fault)


def _password(record: StationRecord, shown: Shown) -> Refusal | None:
    secret = basic(shown.authorization, record.identity)
    if secret is BAD and shown.identity:
        secret = basic(shown.authorization, shown.identity)  # a station under an alias knows only its own name
    matched = (record.password or _NOBODY).matches(secret if isinstance(secret, bytes) else b"")
    if secret is None:
        return unauthorized("no Authorization header")
    if secret is BAD:
        return unauthorized("no Basic auth of this identity")
    if record.password is None:
        return unauthorized("no password is registered")
    return None if matched else unauthorized("wrong password")


# --- adopted credentials ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One of the ways in which a station may come whose credentials were changed."""

    record: StationRecord
    password: Secret | None
    profile: int | None

    def proven_by(self, profile: int) -> bool:
        """Whether the login has shown what is new; profiles 0 and 3 let in without looking at a password."""
        return self.password is None or profile in (1, 2)


def _candidates(current: StationRecord, adopted: Adopted) -> Iterator[_Candidate]:
    """All but what counts now, the newest first."""
    for profile in (*adopted.profiles, None):
        for password in (*adopted.passwords, None):
            if profile is not None or password is not None:
                yield _Candidate(_overlaid(current, password, profile), password, profile)


def _current(record: StationRecord, adopted: Adopted, learned: CredentialBook) -> StationRecord:
    """The record with what took the place of its credentials; the operator's word since then counts for more."""
    password, profile = adopted.password, adopted.security_profile
    if password is not None and adopted.instead_of_password != _fingerprint(record, password):
        learned.reconfigured(record.identity, password=True)
        password = None
    if profile is not None and adopted.instead_of_profile != record.security_profile:
        learned.reconfigured(record.identity, profile=True)
        profile = None
    return _overlaid(record, password, profile)


def _overlaid(record: StationRecord, password: Secret | None, profile: int | None) -> StationRecord:
    if password is not None:
        record = replace(record, password=Password.of_digests(password.salt, password.digests))
    return record if profile is None else replace(record, security_profile=profile)


def _use(learned: CredentialBook, record: StationRecord, candidate: _Candidate) -> None:
    password, profile = candidate.password, candidate.profile
    learned.used(
        record.identity,
        password=None if password is None else (password, _fingerprint(record, password)),
        profile=None if profile is None else (profile, record.security_profile),
    )


def _fingerprint(record: StationRecord, secret: Secret) -> str:
    return "" if record.password is None else record.password.fingerprint(secret.salt)
