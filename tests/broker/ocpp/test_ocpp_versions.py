"""Version names are what stands in Sec-WebSocket-Protocol."""

from broker.ocpp import Version


def test_a_version_is_its_subprotocol():
    assert [str(version) for version in Version] == ["ocpp1.6", "ocpp2.0.1", "ocpp2.1"]
    assert Version("ocpp2.0.1") is Version.V201
