import pytest
from pydantic import ValidationError

from plugins.ocpp21.tariff_cost.params import ChangeTransactionTariff, ClearTariffs, GetTariffs, SetDefaultTariff
from tests.plugins.ocpp201.ocpp201_tariff_kit import KWH


def test_evse_0_is_what_is_meant_where_none_is_given():
    assert (SetDefaultTariff(tariffId="STD").evseId, GetTariffs().evseId) == (0, 0)
    assert ClearTariffs().model_dump(exclude_none=True) == {}


def test_one_tariff_id_of_a_command_line_is_a_list_of_one_text():
    assert ClearTariffs.model_validate({"tariffIds": 7}).tariffIds == ["7"]


@pytest.mark.parametrize("model", [SetDefaultTariff, ChangeTransactionTariff])
@pytest.mark.parametrize(
    "given", [{}, {"tariffId": "A", "tariff": KWH}, {"tariffId": "A", "validFrom": "soon"}, {"tariff": {}}]
)
def test_a_tariff_is_given_by_its_id_or_whole(model, given):
    assert model.model_validate({"tariffId": "A"}).tariff is None
    with pytest.raises(ValidationError):
        model.model_validate(given)


@pytest.mark.parametrize("given", [{"tariffIds": []}, {"evseId": -1}])
def test_what_clears_nothing_is_refused(given):
    with pytest.raises(ValidationError):
        ClearTariffs.model_validate(given)
