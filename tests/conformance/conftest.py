"""Fixtures of the conformance cases, and the table that a run makes of them (`--conformance-table PATH`)."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "end_to_end"))  # what both drive a broker with

import pytest

ASSERTING = ("case_lab_kit", "lab2_kit", "manufacturer_kit", "story_kit", "story2_kit", "tls_kit")  # for the cases
pytest.register_assert_rewrite(*ASSERTING, "scripted_station_kit", "station2_kit")

from broker_kit import make_pki  # noqa: E402 - rewritten only when imported after that
from conformance_table import Outcomes  # noqa: E402
from lab_kit import Lab  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--conformance-table", metavar="PATH", help="write the table of the conformance cases there")


def pytest_configure(config):
    config.addinivalue_line("markers", "case(version, id, checked): the test of a case of the test tool")
    config.addinivalue_line("markers", "about_table: looks at the table that is in the repository")
    path = config.getoption("--conformance-table", None)
    if path:
        config.pluginmanager.register(Outcomes(Path(path)), "conformance-table")


@pytest.fixture(scope="session")
def made_pki(tmp_path_factory):
    """Made once, as RSA keys take their time; each lab has a copy."""
    return make_pki(tmp_path_factory.mktemp("conformance"))


@pytest.fixture
async def lab(tmp_path, made_pki, transport):
    made = Lab(tmp_path, made_pki, transport)
    await made.start()
    yield made
    await made.stop()
