import pytest

from broker.hooks.files import NoFiles


def test_without_an_endpoint_nothing_is_offered_or_expected():
    files = NoFiles()
    assert not files.available
    with pytest.raises(RuntimeError, match="no section files"):
        files.offer("firmware.bin", identity="CP001")
    with pytest.raises(RuntimeError, match="no section files"):
        files.expect(identity="CP001", purpose="log")
