"""EVSEType, as operators give it: by numbers."""

from typing import Any


def evse_of(evse_id: int, connector_id: int | None) -> dict[str, Any]:
    """The EVSEType of an EVSE, or of a connector of it."""
    return {"id": evse_id} if connector_id is None else {"id": evse_id, "connectorId": connector_id}
