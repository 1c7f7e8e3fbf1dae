"""`switchboard check`: everything but listening, every error with its path, exit code 2."""

import json
from datetime import timedelta

import pytest

import certs


def write(folder, text: str) -> str:
    (folder / "sb.yaml").write_text(text)
    return "sb.yaml"


def test_the_defaults_are_good(invoke):
    done = invoke("check")
    assert (done.exit_code, done.stdout) == (0, "the default configuration: good\n")


def test_every_problem_is_told_with_its_path(invoke, tmp_path):
    done = invoke("check", "-c", write(tmp_path, "routes: [{primary: gone}]\nlisners: 3\nlimits: {queue: -1}\n"))
    assert done.exit_code == 2
    for path in ("routes[0].primary", "lisners", "limits.queue"):
        assert path in done.stderr


def test_json_is_for_machines(invoke, tmp_path):
    done = invoke("check", "--json", "-c", write(tmp_path, "lisners: 3\n"))
    answer = json.loads(done.stdout)
    assert done.exit_code == 2
    assert answer["ok"] is False
    assert [problem["path"] for problem in answer["problems"]] == ["lisners"]
    assert json.loads(invoke("check", "--json").stdout)["ok"] is True


def test_a_file_that_is_not_there_is_told(invoke):
    done = invoke("check", "-c", "gone.yaml")
    assert done.exit_code == 2
    assert "gone.yaml" in done.stderr


SECURE = """
listeners:
  - name: secure
    bind: 127.0.0.1:0
    path: /ocpp/{identity}
    security_profiles: [2, 3]
    tls: {certificates: [{certificate: pki/server-rsa.pem, key: pki/server-rsa.key}], client_ca: pki/station-ca.pem}
"""


def test_certificates_are_opened(invoke, tmp_path):
    config = write(tmp_path, SECURE)
    done = invoke("check", "-c", config)
    assert done.exit_code == 2
    assert "listeners[0].tls.certificates[0].key: " in done.stderr
    assert "server-rsa.pem" in done.stderr
    certs.init(tmp_path / "pki", organization="Test")
    certs.issue_server(tmp_path / "pki", ["localhost"])
    assert invoke("check", "-c", config).exit_code == 0


def test_every_file_that_is_missing_is_told(invoke, tmp_path):
    done = invoke("check", "-c", write(tmp_path, SECURE))
    tls = "listeners[0].tls"
    for key in (f"{tls}.certificates[0].certificate", f"{tls}.certificates[0].key", f"{tls}.client_ca"):
        assert f"{key}: " in done.stderr


def test_what_is_odd_with_a_certificate_is_a_warning(invoke, tmp_path):
    certs.init(tmp_path / "pki", organization="Test")
    certs.issue_server(tmp_path / "pki", ["localhost"], lifetime=timedelta(days=1))
    done = invoke("check", "-c", write(tmp_path, SECURE))
    assert done.exit_code == 0
    assert "warning: listeners[0].tls: " in done.stderr
    assert "server-rsa.pem: ends in " in done.stderr


@pytest.mark.parametrize("place", ["missing/token", "folder"])
def test_the_place_of_the_token_is_looked_at(invoke, tmp_path, place):
    (tmp_path / "folder").mkdir()
    done = invoke("check", "-c", write(tmp_path, f"admin: {{token_file: {place}}}\n"))
    assert done.exit_code == 2
    assert "admin.token_file: " in done.stderr
    assert place in done.stderr


def test_the_files_of_an_upstream_are_opened(invoke, tmp_path):
    text = 'upstreams: {main: {url: "wss://csms.example.com/{identity}", tls: {ca: gone.pem}}}\n'
    done = invoke("check", "-c", write(tmp_path, text + "routes: [{match: {}, primary: main}]\n"))
    assert done.exit_code == 2
    assert "upstreams.main" in done.stderr
    assert "gone.pem" in done.stderr


def test_plugins_are_loaded(invoke, tmp_path):
    done = invoke("check", "-c", write(tmp_path, "plugins: [no_such_plugin, ocpp16.core: {nonsense: 1}]\n"))
    assert done.exit_code == 2
    assert "plugins[0]: no such plugin" in done.stderr
    assert "nonsense" in done.stderr


def test_a_warning_fails_only_where_it_is_asked_for(invoke, tmp_path):
    config = write(tmp_path, "stations: {known: [{identity: CP1, password: short}]}\n")
    done = invoke("check", "-c", config)
    assert done.exit_code == 0
    assert "warning:" in done.stderr
    assert "short" not in done.stderr.replace("shorter", "")
    assert invoke("check", "--strict", "-c", config).exit_code == 2
