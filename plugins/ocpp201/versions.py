"""The versions that these plugins serve, and how they own their actions."""

from collections.abc import Sequence

from broker.api import Action, Direction, Version

V201 = "ocpp2.0.1"
V21 = "ocpp2.1"
V2 = (V201, V21)


def actions(
    block: str, *, from_station: Sequence[str] = (), to_station: Sequence[str] = (), versions: Sequence[str] = V2
) -> list[Action]:
    """The actions of a functional block, for `register_actions`; what goes both ways stands in both."""
    both = ((Direction.FROM_STATION, from_station), (Direction.TO_STATION, to_station))
    return [
        Action(Version(version), name, direction, block)
        for version in versions
        for direction, names in both
        for name in names
    ]
