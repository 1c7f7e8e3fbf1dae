"""What the demo is made of."""

import ssl

from broker.cli import demo_parts
from broker.config import load, warnings_of
from broker.ocpp import Version


def test_each_version_and_each_profile_with_credentials_has_its_station():
    assert {actor.version for actor in demo_parts.ACTORS} == set(Version)
    assert {actor.profile for actor in demo_parts.ACTORS} == {1, 2, 3}


def test_its_secrets_are_for_its_owner_alone(tmp_path):
    hidden = demo_parts.Secrets(tmp_path)
    path = demo_parts.write_config(tmp_path, "ws://127.0.0.1:1/csms", hidden, {"plain": 0, "secure": 0, "admin": 0})
    assert [file.stat().st_mode & 0o777 for file in (path, hidden.token_file)] == [0o600, 0o600]
    assert warnings_of(load(path)) == []


def test_only_the_station_of_profile_3_shows_a_certificate(tmp_path):
    demo_parts.make_certificates(tmp_path)
    hidden = demo_parts.Secrets(tmp_path)
    stations = demo_parts.make_stations(tmp_path, hidden, {"plain": 1, "secure": 2})
    assert [station.url for station in stations] == [
        "ws://127.0.0.1:1/ocpp/CP-16-1", "wss://127.0.0.1:2/ocpp/CP-201-1", "wss://127.0.0.1:2/ocpp/CP-21-1",
    ]  # fmt: skip
    assert sorted(hidden.passwords) == ["CP-16-1", "CP-21-1"]


def test_the_tls_context_of_a_station_checks_the_server(tmp_path):
    demo_parts.make_certificates(tmp_path)
    context = demo_parts._tls(tmp_path, demo_parts.ACTORS[1])
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
