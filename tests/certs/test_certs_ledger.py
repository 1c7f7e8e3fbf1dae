"""The ledger: what was issued and revoked, read back or clearly refused."""

from datetime import timedelta

import pytest

import certs
from certs import Reason, ledger
from certs.lifetimes import now


def test_what_was_issued_is_found_by_identity_and_by_serial_number(pki):
    serial = certs.issue_station(pki.directory, "säule/1").leaf.serial_number
    book = ledger.read(pki.ledger)
    assert [record.serial for record in book.open_of("säule/1")] == [serial]
    assert book.identity_of(serial) == "säule/1"
    assert book.identity_of(serial + 1) is None


def test_expired_and_revoked_ones_are_not_open(pki):
    certs.issue_station(pki.directory, "CP007", lifetime=timedelta(hours=-1))
    certs.issue_station(pki.directory, "CP008")
    certs.revoke(pki.directory, "CP008")
    book = ledger.read(pki.ledger)
    assert book.open_of("CP007") == book.open_of("CP008") == []


def test_the_first_revocation_of_a_serial_number_counts(tmp_path):
    path = tmp_path / "ledger"
    first = ledger.Revocation(5, now() - timedelta(days=1), Reason.SUPERSEDED)
    ledger.note_revoked(path, first)
    ledger.note_revoked(path, ledger.Revocation(5, now(), Reason.KEY_COMPROMISE))
    assert ledger.read(path).revoked == {5: first}


@pytest.mark.parametrize(
    "line",
    ["garbage", "[]", "{}", '{"issued": "zz"}',
     '{"issued": "1", "identity": 7, "not_after": "2030-01-01T00:00:00+00:00"}',
     '{"revoked": "1", "at": "2030-01-01", "reason": "whim"}'],
)  # fmt: skip
def test_a_damaged_line_is_named(pki, line):
    with pki.ledger.open("a") as file:
        file.write(line + "\n")
    with pytest.raises(certs.CertsError, match="line 2: not an entry"):
        ledger.read(pki.ledger)
    with pytest.raises(certs.CertsError, match="line 2"):
        certs.revoke(pki.directory, "CP001")
