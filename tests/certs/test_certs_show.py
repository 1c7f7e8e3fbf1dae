"""Showing a file and a folder."""

from datetime import timedelta

import pytest

import certs


def problems(pki, path):
    return [problem for entry in certs.describe(path) for problem in entry.problems]


def test_a_folder_tells_of_everything_in_it(pki):
    entries = certs.describe(pki.directory)
    assert [(entry.path.name, entry.kind) for entry in entries] == [
        ("root-ca.pem", "root CA"),
        ("server-ecdsa.pem", "server"),
        ("server-rsa.pem", "server"),
        ("station-ca.crl", "CRL"),
        ("station-ca.pem", "root CA"),
        ("CP001.pem", "station"),
    ]
    assert [entry.problems for entry in entries] == [()] * 6


def test_an_entry_says_who_by_whom_how_long_and_with_which_key(pki):
    (entry,) = certs.describe(pki.server(certs.KeyType.RSA).certificate)
    assert entry.subject == "CN=csms.example.org,O=Example CPO"
    assert entry.issuer.startswith("CN=OCPP Server Root CA ")
    assert (entry.common_name, entry.organization) == ("csms.example.org", "Example CPO")
    assert entry.names == ("csms.example.org", "localhost", "127.0.0.1")
    assert entry.key == "RSA 2048"
    assert entry.not_after == certs.not_after(entry.path)
    assert entry.days_left in {396, 397}
    assert len(entry.fingerprint_sha256) == 64


def test_an_intermediate_is_a_row_of_its_own(tmp_path):
    layout = certs.init(tmp_path / "pki", organization="Example CPO", intermediate=True)
    issued = certs.issue_server(layout.directory, ["csms.example.org"])[0]
    assert [entry.kind for entry in certs.describe(issued.certificate)] == ["server", "CA"]


def test_a_crl_tells_how_many_are_revoked(pki):
    certs.revoke(pki.directory, "CP001")
    (entry,) = certs.describe(pki.crl)
    assert (entry.kind, entry.common_name, entry.serial_number) == ("CRL", "1 revoked", None)


def test_a_crl_that_ends_soon_is_a_problem(pki):
    certs.refresh(pki.directory, lifetime=timedelta(days=5, hours=1))
    assert problems(pki, pki.crl) == ["ends in 5 days"]


def test_a_revoked_station_is_said_to_be(pki):
    certs.revoke(pki.directory, "CP001")
    (problem,) = problems(pki, pki.station("CP001").certificate)
    assert problem.startswith("revoked on ")


def test_an_expired_one_has_a_negative_count_of_days(pki):
    issued = certs.issue_station(pki.directory, "CP007", lifetime=timedelta(hours=-30))
    (entry,) = certs.describe(issued.certificate)
    assert entry.days_left == -2
    assert entry.problems[0].startswith("expired on ")


def test_one_bad_file_does_not_hide_the_others(pki):
    (pki.directory / "bad.pem").write_text("garbage")
    entries = {entry.path.name: entry for entry in certs.describe(pki.directory)}
    assert entries["bad.pem"].kind == "unreadable"
    assert entries["bad.pem"].problems
    assert entries["root-ca.pem"].problems == ()


def test_nothing_to_show_is_an_error(tmp_path):
    with pytest.raises(certs.CertsError, match="holds no certificates"):
        certs.describe(tmp_path)
    with pytest.raises(certs.CertsError, match="absent"):
        certs.describe(tmp_path / "absent.pem")
