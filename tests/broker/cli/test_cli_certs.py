"""`switchboard certs` as somebody at a shell meets it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from typer.testing import CliRunner

import certs
from broker.cli.certs import Key, Why, _readable_errors, app


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder; `run(...)` must succeed, `run.fails(...)` must not."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    runner = CliRunner()

    def ok(*arguments):
        done = runner.invoke(app, list(arguments))
        assert done.exit_code == 0, done.output
        return done.stdout

    def fails(*arguments):
        done = runner.invoke(app, list(arguments))
        assert done.exit_code == 1
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1
        return done.stderr

    ok.fails = fails
    return ok


@pytest.fixture
def pki(run, tmp_path):
    run("init", "-o", "Example CPO")
    return certs.Layout(tmp_path / "pki")


def test_a_tls_trial_takes_three_commands(run, tmp_path):
    assert "pki/root-ca.pem" in run("init", "--organization", "Example CPO")
    assert "pki/server-rsa.key" in run("server", "csms.example.org")
    assert "pki/stations/CP001.pem" in run("station", "CP001")
    assert len(list((tmp_path / "pki").rglob("*.key"))) == 5


def test_json_of_what_was_issued(run, pki):
    server = json.loads(run("server", "csms.example.org", "--json"))
    assert [one["certificate"] for one in server] == ["pki/server-ecdsa.pem", "pki/server-rsa.pem"]
    station = json.loads(run("station", "CP001", "--serial-number", "SN-1", "--key", "rsa", "--days", "9", "--json"))
    assert station["key"] == "pki/stations/CP001.key"
    assert station["subject"] == "CN=SN-1,O=Example CPO"
    assert int(station["serial_number"], 16) > 0
    assert station["not_after"].endswith("Z")


def test_json_of_init(run):
    paths = json.loads(run("init", "-o", "Example CPO", "--dir", "elsewhere", "--intermediate", "--json"))
    assert paths == {
        "root_ca": "elsewhere/root-ca.pem",
        "station_ca": "elsewhere/station-ca.pem",
        "crl": "elsewhere/station-ca.crl",
    }


def test_an_existing_pki_needs_force(run, pki):
    assert "holds a PKI already" in run.fails("init", "-o", "Example CPO")
    run("init", "-o", "Example CPO", "--force")
    assert len(list(pki.directory.glob("replaced-*"))) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["server", "csms.example.org", "--dir", "nowhere"],
        ["server", "*.example.org"],
        ["station", ""],
        ["sign", "CP001", "absent.csr"],
        ["revoke", "CP404"],
        ["revoke"],
        ["revoke", "--serial", "xyz"],
        ["renew", "CP404"],
        ["show", "absent.pem"],
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_1(run, pki, arguments):
    run.fails(*arguments)


def test_a_folder_that_cannot_be_made_is_one_line(run, tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in run.fails("init", "-o", "Example CPO", "--dir", "file/pki")


def test_a_name_that_ocpp_would_not_like_is_noted(run, pki):
    done = CliRunner().invoke(app, ["server", "localhost"])
    assert done.exit_code == 0
    assert "fully qualified domain name" in done.stderr


def test_a_request_is_signed(run, pki, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "CP007")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    (tmp_path / "a.csr").write_bytes(request.public_bytes(Encoding.PEM))
    assert json.loads(run("sign", "CP007", "a.csr", "--json"))["key"] is None
    assert "CP007.key" not in run("sign", "CP007", "a.csr")


def test_a_revocation_shows_in_the_table(run, pki):
    run("station", "CP001")
    (serial,) = json.loads(run("revoke", "CP001", "--reason", "keyCompromise", "--json"))["revoked"]
    assert "nothing to revoke" in run("revoke", "CP001")
    shown = json.loads(run("show", "pki/stations/CP001.pem", "--json"))
    assert shown[0]["serial_number"] == serial
    assert "CP001.pem: revoked on" in run("show")


def test_a_serial_number_is_taken_as_openssl_prints_it(run, pki):
    assert "abcdef  revoked" in run("revoke", "--serial", "AB:CD:EF")


def test_a_new_crl_says_until_when(run, pki):
    end = certs.next_update(pki.crl)
    assert json.loads(run("crl", "--json"))["next_update"] == f"{end:%Y-%m-%dT%H:%M:%SZ}"
    assert "valid until" in run("crl", "--days", "10")
    assert certs.next_update(pki.crl) < end


def test_renewal_says_what_it_did(run, pki):
    run("station", "CP001")
    assert run("renew") == "nothing is due\n"
    assert run("renew", "CP001") == "pki/stations/CP001.pem  renewed\n"
    assert json.loads(run("renew", "--force", "--json")) == ["pki/stations/CP001.pem", "pki/station-ca.crl"]


def test_the_table_keeps_file_and_date_whole_on_80_columns(run, pki):
    run("server", "csms.example.org", "localhost")
    lines = run("show").splitlines()
    row = next(line for line in lines if line.startswith("server-ecdsa.pem"))
    assert f"{certs.not_after(pki.server(certs.KeyType.ECDSA).certificate):%Y-%m-%d}" in row
    assert row.rstrip().endswith("EC 256")
    assert max(map(len, lines)) <= 80


def test_a_subject_that_looks_like_markup_is_shown_as_it_is(run, pki):
    run("station", "[red]CP[/red]")
    assert "[red]CP[/red]" in run("show")


def test_json_of_show_has_every_field(run, pki):
    crl = next(one for one in json.loads(run("show", "--json")) if one["kind"] == "CRL")
    assert crl["serial_number"] is None
    assert set(crl) == {
        "path", "kind", "subject", "issuer", "common_name", "organization", "names", "serial_number",
        "not_before", "not_after", "days_left", "key", "fingerprint_sha256", "problems",
    }  # fmt: skip


def test_no_private_key_is_ever_printed(run, tmp_path):
    output = run("init", "-o", "Example CPO") + run("server", "csms.example.org") + run("station", "CP001", "--json")
    assert "PRIVATE" not in output + run("show") + run("show", "--json")


def test_the_choices_are_those_of_the_package():
    assert [key.value for key in Key] == [key.value for key in certs.KeyType]
    assert [why.value for why in Why] == [reason.value for reason in certs.Reason]


def test_every_command_is_documented():
    page = (Path(__file__).parents[3] / "docs" / "certificates.md").read_text()
    names = [command.name for command in app.registered_commands]
    assert "renew" in names
    assert [name for name in names if f"| `{name} " not in page] == []


def test_help_does_not_load_cryptography():
    code = "import sys, broker.cli.certs; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("option", ["--days", "--backdate-days"])
def test_a_time_that_no_certificate_can_hold_is_wrong_usage(run, pki, option):
    for command in (["server", "csms.example.org"], ["station", "CP001"], ["init", "-o", "x", "--dir", "other"]):
        done = CliRunner().invoke(app, [*command, option, "99999999"])
        assert (done.exit_code, option in done.stderr) == (2, True)


def test_the_longest_times_are_possible(run):
    run("init", "-o", "Example CPO", "--days", "36500", "--backdate-days", "20000")
    run("server", "csms.example.org", "--days", "36500", "--backdate-days", "20000")


def test_nobody_reading_on_is_no_fault_of_the_command(run, pki):
    """`switchboard certs show | head -1`: left to the console script, which knows what to do."""
    with pytest.raises(BrokenPipeError), _readable_errors():
        raise BrokenPipeError
