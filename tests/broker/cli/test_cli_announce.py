"""What `switchboard serve` says once it listens."""

from types import SimpleNamespace

from broker.cli.announce import banner
from broker.cli.console import Style
from broker.config import loads

CONFIG = """
listeners:
  - {name: six, bind: "[::1]:0", path: "/ocpp/{identity}", security_profiles: [0, 1]}
stations: {known: [{identity: CP1, password: 0123456789abcdef}]}
upstreams: {main: {url: "ws://127.0.0.1:1/{identity}"}}
routes: [{match: {identity: "DE-*"}, primary: main}, {match: {}, primary: local}]
admin: {tokens: [{name: ops, role: viewer, token: 0123456789abcdef0123456789abcdef}]}
"""


def shown(config) -> str:
    broker = SimpleNamespace(
        config=config, config_path=None, ports={"six": 9123, "plain": 9000}, admin_url="http://x:1"
    )
    return banner(broker, Style(False))


def test_listeners_routes_and_admin_are_told():
    text = shown(loads(CONFIG))
    assert "ws://[::1]:9123/ocpp/{identity}  (six, security profile 0, 1)" in text
    assert "identity" in text.split("-> main")[0].splitlines()[-1]
    assert "every station -> local" in text
    assert "1 station; unknown ones: reject" in text
    assert "http://x:1" in text


def test_no_secret_is_told():
    assert "0123456789abcdef" not in shown(loads(CONFIG))


def test_without_tokens_their_file_is_told():
    assert "switchboard.token" in shown(loads("{}"))
    assert "switchboard.token" not in shown(loads(CONFIG))
