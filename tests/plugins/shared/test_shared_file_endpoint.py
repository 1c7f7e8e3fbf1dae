"""URLs of the file endpoint for operations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.api import OperationFailed
from broker.hooks.files import NoFiles
from plugins.shared.file_endpoint import expected, hours_until, offered, transfer_row
from tests.plugins.shared.plugin_files_kit import TOKEN, FakeEndpoint, transfer

NOW = 1_700_000_000.0


def _offered(files, name="v2.bin", **more):
    return offered(files, name, identity="CP001", hours=5, on_done=lambda transfer: None, **more)


def _expected(files, **more):
    return expected(files, "log", identity="CP001", hours=5, on_done=lambda transfer: None, **more)


def test_a_file_of_the_firmware_folder_gets_a_url():
    files = FakeEndpoint()
    assert _offered(files) == f"http://files.example/{TOKEN}/v2.bin"
    assert files.asked == [("offer", "v2.bin", "CP001", 5)]


def test_an_upload_gets_a_url():
    files = FakeEndpoint()
    assert _expected(files) == f"http://files.example/{TOKEN}"
    assert files.asked == [("expect", "log", "CP001", 5)]


def test_a_file_that_is_not_there():
    with pytest.raises(OperationFailed, match=r"the firmware folder of the file endpoint has no file v3\.bin"):
        _offered(FakeEndpoint(), "v3.bin")


@pytest.mark.parametrize("ask", [_offered, _expected])
def test_without_an_endpoint_the_operator_is_told_what_to_give(ask):
    with pytest.raises(OperationFailed, match=r"^give location: there is no file endpoint"):
        ask(NoFiles())
    with pytest.raises(OperationFailed, match=r"^give remoteLocation: "):
        ask(NoFiles(), member="remoteLocation")


@pytest.mark.parametrize(
    ("begins", "retries", "interval", "hours"),
    [
        (NOW, None, None, 24),
        (NOW - 3600, None, None, 24),
        (NOW + 3600, None, None, 25),
        (NOW, 4, 900, 25),
        (NOW, -4, 900, 24),
        (NOW, 4, -900, 24),
        (NOW + 10_000_000_000, None, None, 24 * 365),
    ],
)
def test_a_url_lives_a_day_longer_than_the_station_may_need(begins, retries, interval, hours):
    assert hours_until(NOW, begins, retries, interval) == hours


@given(st.floats(-1e12, 1e12), st.none() | st.integers(-(2**31), 2**31), st.none() | st.integers(-(2**31), 2**31))
def test_never_less_than_a_day_nor_more_than_a_year(begins, retries, interval):
    assert 24 <= hours_until(NOW, begins, retries, interval) <= 24 * 365


def test_what_is_kept_of_a_transfer():
    row = {"at": 7.0, "ok": True, "bytes": 5, "name": "a.log"}
    assert transfer_row(transfer()) == {**row, "file": "x-1"}
    assert transfer_row(transfer(path=None, ok=False)) == {**row, "ok": False}
