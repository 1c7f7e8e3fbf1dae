"""get-variables and set-variables: in as many calls as the station takes, with one result (B05, B06)."""

from collections.abc import Sequence
from typing import Any

from broker.api import BasePlugin, CallFailed, OperationFailed, SessionView, StationRefused, operation
from plugins.ocpp201.batches import batches, known_limits
from plugins.ocpp201.provisioning.params import GetVariables, SetVariables
from plugins.ocpp201.provisioning.told import place_of, without_secrets
from plugins.ocpp201.versions import V2

CONTROLLER = "DeviceDataCtrlr"
#: How a station says that these were too many (B05.FR.11, B06.FR.16), or too long (B05.FR.12, B06.FR.17).
_TOO_MANY = frozenset({"OccurrenceConstraintViolation", "OccurenceConstraintViolation", "FormatViolation"})

Item = dict[str, Any]


class Variables(BasePlugin):
    """The part that reads and sets variables."""

    @operation("get-variables", V2)
    async def get_variables(self, session: SessionView, params: GetVariables) -> dict[str, Any]:
        """Read variables of the station; their values are kept, those of secrets are neither kept nor shown."""
        return await self.in_batches(session, "GetVariables", "getVariable", params.items)

    @operation("set-variables", V2)
    async def set_variables(self, session: SessionView, params: SetVariables) -> dict[str, Any]:
        """Set variables of the station. For its password and security profile there are better operations.

        Both work here too, as the broker adopts what the station accepts; those of their own make a password, and
        do all that a change of the profile takes.
        """
        return await self.in_batches(session, "SetVariables", "setVariable", params.items)

    async def in_batches(self, session: SessionView, action: str, stem: str, items: Sequence[Item]) -> dict[str, Any]:
        """The results of all calls in one list; what was not asked any more because one failed, by its places."""
        member = f"{stem}Data"
        waiting = batches(member, items, await known_limits(self.records, session.identity, CONTROLLER, action))
        results: list[Any] = []
        while waiting:
            part = waiting.pop(0)
            try:
                answer = self.result_of(await session.call(action, {member: part}))
            except StationRefused as error:
                if error.code in _TOO_MANY and len(part) > 1:
                    half = len(part) // 2
                    waiting[:0] = [part[:half], part[half:]]
                    continue
                return _cut(f"{stem}Result", results, [part, *waiting], error)
            except CallFailed as error:
                return _cut(f"{stem}Result", results, [part, *waiting], error)
            found = answer.get(f"{stem}Result")
            results += found if isinstance(found, list) else []
        return {f"{stem}Result": [_shown(one) for one in results]}


def _cut(
    member: str, results: list[Any], left: list[Sequence[Item]], error: CallFailed | OperationFailed
) -> dict[str, Any]:
    """Where nothing was done the error is all there is to say; otherwise what was done must not be lost."""
    if not results:
        raise error
    places = [place for part in left for one in part if (place := place_of(one)) is not None]
    return {
        member: [_shown(one) for one in results],
        "failed": str(error),
        "notDone": [".".join(place) for place in places],
    }


def _shown(result: Any) -> Any:
    return without_secrets(result) if isinstance(result, dict) else result
