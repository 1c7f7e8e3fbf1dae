"""Upstreams: URLs, templates, headers, TLS."""

import pytest
from pydantic import ValidationError

from broker.config.upstreams import Reconnect, Upstream, UpstreamTls

URL = "wss://csms.example.com/ocpp/{identity}"


def refused(**keys) -> str:
    with pytest.raises(ValidationError) as caught:
        Upstream(**{"url": URL, **keys})
    return str(caught.value)


def test_the_defaults():
    made = Upstream(url=URL)
    assert (made.identity, made.auth, made.headers, made.subprotocols) == ("{identity}", None, {}, None)
    assert (made.ping_interval, made.dial_timeout, made.call_timeout, made.compress) == (30, 10, 30, False)
    assert (made.reconnect.initial, made.reconnect.maximum, made.tls.verify) == (1, 60, True)
    assert (made.secure, made.host) == (True, "csms.example.com")


@pytest.mark.parametrize(
    "url",
    ["ws://h/{identity}", "ws://127.0.0.1:9/{identity}", "wss://[::1]:9/a/{identity}/b", "wss://h/ocpp?id={identity}"],
)
def test_urls_that_will_do(url):
    assert Upstream(url=url).url == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://h/{identity}",
        "ws:///{identity}",
        "ws://h/",
        "ws://{identity}.h/x",
        "ws://h/{identity}#a",
        "ws://h:99999/{identity}",
        "ws://[::1/{identity}",
        "ws://h/{identity}/{tag}",
        "ws://h/{identity} ",
        "ws://h/\n{identity}",
        "h/{identity}",
    ],
)
def test_urls_that_will_not(url):
    refused(url=url)


def test_user_and_password_do_not_belong_in_a_url():
    assert "auth.basic" in refused(url="wss://u:hunter2@h/{identity}")
    assert "hunter2" not in refused(url="wss://u:hunter2@h/{identity}")


def test_a_query_is_masked_wherever_the_upstream_shows():
    made = Upstream(url="wss://h/{identity}?key=hunter2")
    assert "hunter2" not in repr(made) + str(made) + made.model_dump_json() + made.shown_url
    assert made.shown_url.startswith("wss://h/{identity}?")
    assert "hunter2" in made.url


@pytest.mark.parametrize("identity", ["fixed", "{station}", "{identity", "{identity}\n"])
def test_an_identity_template_holds_the_identity_and_no_other_field(identity):
    refused(identity=identity)


def test_basic_auth_hides_its_password():
    made = Upstream(url=URL, auth={"basic": {"password": "hunter2"}})
    assert made.auth is not None
    assert made.auth.basic is not None
    assert made.auth.basic.user == "{identity}"
    assert made.auth.basic.password.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(made) + made.model_dump_json()


@pytest.mark.parametrize("name", ["Host", "Connection", "upgrade", "Sec-WebSocket-Protocol", "a b", "a\r\n", ""])
def test_a_header_of_the_handshake_itself_is_refused(name):
    refused(headers={name: "x"})


def test_an_authorization_header_goes_where_basic_auth_does_not():
    assert "Authorization" in Upstream(url=URL, headers={"Authorization": "Bearer x"}).headers
    assert "not both" in refused(headers={"Authorization": "x"}, auth={"basic": {"password": "x"}})


def test_tls_needs_wss():
    assert "wss" in refused(url="ws://h/{identity}", tls={"verify": True})


@pytest.mark.parametrize("keys", [{"certificate": "a"}, {"key": "a"}])
def test_a_client_certificate_needs_its_key(keys):
    with pytest.raises(ValidationError, match="needs both"):
        UpstreamTls(**keys)


def test_the_longest_wait_is_not_below_the_first():
    with pytest.raises(ValidationError, match="at least initial"):
        Reconnect(initial=10, maximum=5)


@pytest.mark.parametrize("subprotocols", [{"ocpp1.5": "x"}, {"ocpp1.6": "a b"}, {"ocpp1.6": ""}])
def test_a_subprotocol_is_a_token_for_a_version(subprotocols):
    refused(subprotocols=subprotocols)
