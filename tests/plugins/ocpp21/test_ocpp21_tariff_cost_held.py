import pytest

from plugins.ocpp21.tariff_cost.held import assigned, cleared, given
from tests.plugins.ocpp201.ocpp201_tariff_kit import FULL, KWH

OK = {"status": "Accepted"}


def held(**defaults):
    return {
        "defaults": {name.removeprefix("evse"): tariff for name, tariff in defaults.items()},
        "assignments": [],
        "at": 1,
    }


def result(*items):
    return {"clearTariffsResult": list(items)}


def test_a_default_tariff_takes_the_place_of_the_one_of_its_evse():
    found = given(held(evse0=KWH, evse1=KWH), {"evseId": 1, "tariff": FULL}, OK, 5)
    assert found == {"defaults": {"0": KWH, "1": FULL}, "assignments": [], "at": 5}
    assert given(None, {"evseId": 0, "tariff": KWH}, OK, 5)["defaults"] == {"0": KWH}


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ({"evseId": 0, "tariff": KWH}, {"status": "TooManyElements"}),
        ({"evseId": 0, "tariff": 5}, OK),
        ({"tariff": KWH}, OK),
    ],
)
def test_what_was_not_set_changes_nothing(call, answer):
    assert given(held(), call, answer, 5) is None


def test_a_tariff_is_cleared_where_the_station_says_so():
    known = held(evse0=KWH, evse1=FULL)
    answer = result({"tariffId": "KWH", **OK}, {"tariffId": "FULL", "status": "NoTariff"})
    assert cleared(known, {"tariffIds": ["KWH", "FULL"]}, answer, 5)["defaults"] == {"1": FULL}
    assert cleared(known, {"tariffIds": ["KWH"]}, result(OK), 5)["defaults"] == {"1": FULL}


def test_all_are_cleared_where_none_was_named():
    assert cleared(held(evse0=KWH, evse1=FULL), {}, result(OK), 5)["defaults"] == {}
    assert cleared(held(evse0=KWH, evse1=FULL), {"evseId": 1}, result(OK), 5)["defaults"] == {"0": KWH}


@pytest.mark.parametrize("answer", [{}, {"clearTariffsResult": 5}, result(5, {"status": "Rejected"})])
def test_what_was_not_cleared_changes_nothing(answer):
    assert cleared(held(evse0=KWH), {"tariffIds": ["KWH"]}, answer, 5) is None


def test_what_the_station_says_of_its_tariffs_counts_and_its_id_tokens_are_not_kept():
    said = {"tariffId": "FULL", "tariffKind": "DriverTariff", "idTokens": ["SECRET"], "evseIds": [1]}
    found = assigned(held(evse0=KWH, evse1=FULL), {"evseId": 0}, {**OK, "tariffAssignments": [said, 5]}, 5)
    assert found["defaults"] == {"1": FULL}
    assert found["assignments"] == [{"tariffId": "FULL", "tariffKind": "DriverTariff", "evseIds": [1]}]


def test_of_one_evse_nothing_follows_for_the_others():
    assert assigned(held(evse0=KWH), {"evseId": 2}, {"status": "NoTariff"}, 5)["defaults"] == {"0": KWH}
    assert assigned(held(evse0=KWH), {"evseId": 0}, {"status": "NoTariff"}, 5)["defaults"] == {}
    assert assigned(held(evse0=KWH), {"evseId": 0}, {"status": "Rejected"}, 5) is None


@pytest.mark.parametrize("odd", [5, {"defaults": 5, "assignments": 5}, {"defaults": {"0": 5}}])
def test_a_document_that_cannot_be_read_is_an_empty_one(odd):
    assert given(odd, {"evseId": 1, "tariff": KWH}, OK, 5) == {"defaults": {"1": KWH}, "assignments": [], "at": 5}
