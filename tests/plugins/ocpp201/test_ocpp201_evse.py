import pytest

from plugins.ocpp201.evse import evse_of


@pytest.mark.parametrize(("connector", "evse"), [(None, {"id": 1}), (2, {"id": 1, "connectorId": 2})])
def test_an_evse_is_named_with_or_without_a_connector(connector, evse):
    assert evse_of(1, connector) == evse
