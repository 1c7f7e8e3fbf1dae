"""What the station CA has issued and revoked: one JSON object a line, only ever added to.

The CRL is made from it, so that a lost CRL file loses no revocation, and an identity can be revoked by name.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from cryptography import x509

from certs import store
from certs.errors import CertsError
from certs.lifetimes import now


class Reason(StrEnum):
    """Why a certificate was revoked: those of RFC 5280 5.3.1 that fit a station's certificate."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"


@dataclass(frozen=True, slots=True)
class Record:
    """One certificate that was issued to a station."""

    serial: int
    identity: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class Revocation:
    """One certificate that was revoked, whoever issued it."""

    serial: int
    at: datetime
    reason: Reason


@dataclass(slots=True)
class Ledger:
    """The ledger as it was read: issued in order, revoked by serial number."""

    issued: list[Record] = field(default_factory=list)
    revoked: dict[int, Revocation] = field(default_factory=dict)

    def open_of(self, identity: str) -> list[Record]:
        """What is still valid of `identity`: neither expired nor revoked."""
        at = now()
        return [r for r in self.issued if r.identity == identity and r.not_after > at and r.serial not in self.revoked]

    def identity_of(self, serial: int) -> str | None:
        """Whose certificate has this serial number; None when it was not issued here."""
        return next((record.identity for record in self.issued if record.serial == serial), None)


def read(path: Path) -> Ledger:
    """The ledger at `path`, empty when there is none; `CertsError` with the line when it is damaged."""
    ledger = Ledger()
    if not path.exists():
        return ledger
    for number, line in enumerate(store.read(path).splitlines(), start=1):
        try:
            _take(ledger, json.loads(line))
        except (ValueError, KeyError, TypeError):
            raise CertsError(f"{path}, line {number}: not an entry of the ledger") from None
    return ledger


def note_issued(path: Path, certificate: x509.Certificate, identity: str) -> None:
    """Add that `certificate` was issued to `identity`."""
    _append(
        path,
        {
            "issued": _hex(certificate.serial_number),
            "identity": identity,
            "not_after": certificate.not_valid_after_utc.isoformat(),
            "at": now().isoformat(),
        },
    )


def note_revoked(path: Path, revocation: Revocation) -> None:
    """Add a revocation."""
    _append(
        path,
        {
            "revoked": _hex(revocation.serial),
            "reason": revocation.reason.value,
            "at": revocation.at.isoformat(),
        },
    )


def _append(path: Path, entry: dict[str, Any]) -> None:
    store.append_line(path, json.dumps(entry))


def _hex(serial: int) -> str:
    return f"{serial:x}"


def _take(ledger: Ledger, entry: dict[str, Any]) -> None:
    if "issued" in entry:
        end = datetime.fromisoformat(entry["not_after"])
        ledger.issued.append(Record(int(entry["issued"], 16), _text(entry["identity"]), end))
        return
    serial, at = int(entry["revoked"], 16), datetime.fromisoformat(entry["at"])
    ledger.revoked.setdefault(serial, Revocation(serial, at, Reason(entry["reason"])))


def _text(value: object) -> str:
    """`value` when it is text; a ledger edited by hand may hold anything."""
    if not isinstance(value, str):
        raise TypeError("an identity is text")
    return value
