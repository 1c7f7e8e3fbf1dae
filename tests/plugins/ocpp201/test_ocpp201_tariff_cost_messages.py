import pytest

from plugins.ocpp201.tariff_cost.messages import message_of
from tests.plugins.ocpp201.ocpp201_tariff_kit import tariff

EN = {"format": "UTF8", "language": "en", "content": "cheap"}
DE = {"format": "UTF8", "language": "de", "content": "billig"}
LONG = {"format": "UTF8", "content": "x" * 600}
CODE = {"format": "QRCODE", "content": "https://example.com"}
V201, V21 = "ocpp2.0.1", "ocpp2.1"


@pytest.mark.parametrize(("language", "expected"), [("DE", DE), ("en", EN), ("fr", EN), (None, EN), ("", EN)])
def test_the_driver_s_language_counts_else_the_first(language, expected):
    assert message_of(tariff(description=[EN, DE]), language, V201) == expected


@pytest.mark.parametrize(("version", "expected"), [(V201, EN), (V21, CODE)])
def test_what_2_0_1_cannot_show_is_passed_over(version, expected):
    assert message_of(tariff(description=[CODE, LONG, EN]), None, version) == expected


def test_a_tariff_without_words_has_no_message():
    assert message_of(tariff(), "en", V21) is None
    assert message_of(tariff(description=[LONG]), None, V201) is None
