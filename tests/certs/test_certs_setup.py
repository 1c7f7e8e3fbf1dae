"""`init`: what lies in the folder afterwards, and that nothing is ever lost."""

import os
import stat

import pytest

import certs
from certs import authority, ledger, setup, store


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_holds_two_cas_and_a_crl(pki):
    found = {path.name for path in pki.directory.iterdir()}
    assert {"root-ca.pem", "root-ca.key", "station-ca.pem", "station-ca.key", "station-ca.crl"} <= found


def test_every_key_is_closed_to_others_even_with_an_open_umask(tmp_path):
    before = os.umask(0)
    try:
        layout = certs.init(tmp_path / "pki", organization="Example CPO", intermediate=True)
        certs.issue_server(layout.directory, ["csms.example.org"])
        certs.issue_station(layout.directory, "CP001")
    finally:
        os.umask(before)
    keys = list(layout.directory.rglob("*.key"))
    assert len(keys) == 6
    assert {mode(key) for key in keys} == {0o600}
    assert mode(layout.directory) == mode(layout.stations) == 0o700
    assert mode(layout.ledger) == 0o600


def test_an_existing_pki_is_left_alone(pki):
    before = pki.station_ca.key.read_bytes()
    with pytest.raises(certs.CertsError, match="holds a PKI already"):
        certs.init(pki.directory, organization="Example CPO")
    assert pki.station_ca.key.read_bytes() == before


def test_force_moves_the_old_pki_aside_whole(pki):
    old = {path.name: path.read_bytes() for path in pki.directory.iterdir() if path.is_file()}
    certs.init(pki.directory, organization="Example CPO", force=True)
    (aside,) = pki.directory.glob("replaced-*")
    kept = {path.name: path.read_bytes() for path in aside.iterdir() if path.is_file()}
    assert kept == {name: data for name, data in old.items() if name != ".lock"}
    assert (aside / "stations" / "CP001.key").is_file()
    assert not pki.ledger.exists()
    assert pki.station_ca.key.read_bytes() != old["station-ca.key"]


def test_two_generations_of_cas_never_have_the_same_name(pki):
    """OpenSSL looks issuers and CRLs up by name; both generations are trusted during a change."""
    old = store.read_certificates(pki.station_ca.certificate)[0].subject
    certs.init(pki.directory, organization="Example CPO", force=True)
    assert store.read_certificates(pki.station_ca.certificate)[0].subject != old


def test_an_organization_that_x509_cannot_hold_makes_no_folder(tmp_path):
    with pytest.raises(certs.CertsError, match="1 to 64 characters"):
        certs.init(tmp_path / "pki", organization="x" * 65)
    assert not (tmp_path / "pki").exists()


def test_a_new_intermediate_is_signed_by_the_root(tmp_path):
    layout = certs.init(tmp_path / "pki", organization="Example CPO", intermediate=True)
    before = store.read_certificates(layout.server_ca.certificate)
    setup.write_intermediate(layout, authority.load(layout.root_ca))
    after = store.read_certificates(layout.server_ca.certificate)
    after[0].verify_directly_issued_by(store.read_certificates(layout.root_ca.certificate)[0])
    assert len(before) == len(after) == 1
    assert before != after


def test_the_first_crl_is_empty_and_so_is_the_ledger(tmp_path):
    layout = certs.init(tmp_path / "pki", organization="Example CPO")
    assert len(store.read_crl(layout.crl)) == 0
    assert ledger.read(layout.ledger) == ledger.Ledger()
