"""The section `files`."""

import json
from pathlib import Path

import pytest

from broker.config import ConfigError, loads
from broker.config.files import Files


def expected(text):
    """Path and expectation of every problem of a section."""
    with pytest.raises(ConfigError) as caught:
        loads(f"files: {text}")
    return [(problem.path, problem.expected) for problem in caught.value.problems]


def test_without_the_section_there_is_no_endpoint():
    assert loads("{}").files is None


def test_the_defaults_are_of_the_folder_of_the_file(tmp_path):
    files = loads("files: {bind: '127.0.0.1:9080'}", folder=tmp_path).files
    assert (files.firmware, files.uploads) == (tmp_path / "firmware", tmp_path / "uploads")
    assert (files.max_upload_bytes, files.max_total_bytes) == (100 * 1024**2, 4 * 1024**3)
    assert (files.keep_days, files.max_transfers, files.chunk_timeout, files.tls) == (30, 32, 60.0, None)
    assert (files.host, files.port) == ("127.0.0.1", 9080)


@pytest.mark.parametrize(
    ("more", "base"),
    [
        ({"bind": "127.0.0.1:0"}, "http://127.0.0.1:7"),
        ({"bind": "[::1]:0"}, "http://[::1]:7"),
        ({"bind": "files.example:80"}, "http://files.example:7"),
        ({"bind": "10.0.0.1:0", "tls": {"certificates": [{"certificate": "c", "key": "k"}]}}, "https://10.0.0.1:7"),
        ({"bind": "0.0.0.0:0", "url": "https://files.example/ocpp/"}, "https://files.example/ocpp"),
        ({"bind": "[::]:0", "url": "http://[2001:db8::1]:8080"}, "http://[2001:db8::1]:8080"),
    ],
)
def test_the_url_that_stations_get(more, base):
    assert Files(**more).base(7) == base


@pytest.mark.parametrize("bind", ["0.0.0.0:80", "[::]:80", "[0:0:0:0:0:0:0:0]:80", "[::0.0.0.0]:80"])
def test_all_addresses_are_none_that_a_station_could_reach(bind):
    ((path, text),) = expected(f"{{bind: '{bind}'}}")
    assert path == "files.url"
    assert "by which stations reach it" in text
    assert loads(f"files: {{bind: '{bind}', url: 'http://files.example'}}").files.bind == bind


@pytest.mark.parametrize(
    "url",
    [
        "files.example", "ftp://files.example", "http://", "http://user:secret@files.example", "http://h/?a=b", "http://h/#a",
        "http://h:0", "http://h:x", "http://[::1", "http://h/ a", "http://h/\u00fc", "http://h/\u0000",
    ],
)  # fmt: skip
def test_a_public_url_that_is_none(url):
    ((path, text),) = expected(f"{{bind: '127.0.0.1:0', url: {json.dumps(url)}}}")
    assert path == "files.url"
    assert "http://HOST" in text
    assert "secret" not in text


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ("{}", "files.bind"),
        ("{bind: nowhere}", "files.bind"),
        ("{bind: '127.0.0.1:0', max_upload_bytes: 1}", "files.max_upload_bytes"),
        ("{bind: '127.0.0.1:0', max_upload_bytes: 1000000, max_total_bytes: 999999}", "files.max_upload_bytes"),
        ("{bind: '127.0.0.1:0', keep_days: 0}", "files.keep_days"),
        ("{bind: '127.0.0.1:0', keep_days: true}", "files.keep_days"),
        ("{bind: '127.0.0.1:0', max_transfers: 0}", "files.max_transfers"),
        ("{bind: '127.0.0.1:0', chunk_timeout: 0}", "files.chunk_timeout"),
        ("{bind: '127.0.0.1:0', firmware: here, uploads: here}", "files.uploads"),
        ("{bind: '127.0.0.1:0', tls: {certificates: []}}", "files.tls.certificates"),
        ("{bind: '127.0.0.1:0', tls: {certificates: [{certificate: a, key: b}], client_ca: c}}", "files.tls.client_ca"),
        ("{bind: '127.0.0.1:0', colour: blue}", "files.colour"),
        ("{bind: '127.0.0.1:0', url: 'http://h', tls: {certificates: [{certificate: a, key: b}]}}", "files.url"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(section, path):
    assert [found for found, _ in expected(section)] == [path]


def test_a_limit_may_be_all_that_there_is():
    both = {"max_upload_bytes": 2**20, "max_total_bytes": 2**20}
    assert Files(bind="127.0.0.1:0", **both).max_upload_bytes == 2**20


def test_certificates_count_from_the_folder_of_the_file(tmp_path: Path):
    text = "files: {bind: '127.0.0.1:0', tls: {certificates: [{certificate: a.pem, key: a.key}], minimum_version: 1.3}}"
    tls = loads(text, folder=tmp_path).files.tls
    assert (tls.certificates[0].key, tls.minimum_version) == (tmp_path / "a.key", "1.3")
