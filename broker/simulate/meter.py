"""An energy meter and the clock that stands beside it."""

import random
from datetime import UTC, datetime


def now() -> str:
    """The time as OCPP writes it: RFC 3339, UTC, milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Meter:
    """An energy register in Wh that never goes back, and the power that fills it in W."""

    def __init__(self, wh: float = 0.0, power: float = 11_000.0, *, seed: int | str | None = None) -> None:
        self._wh = wh
        self._nominal = power
        self._random = random.Random(seed)  # noqa: S311  (a simulation, no secret)
        self.power = 0.0

    @property
    def wh(self) -> int:
        """The register, whole Wh, as 1.6 wants it in meterStart and meterStop."""
        return int(self._wh)

    def advance(self, seconds: float) -> None:
        """Charge for `seconds` at the nominal power, give or take five per cent."""
        self.power = round(self._nominal * self._random.uniform(0.95, 1.05), 1)
        self._wh += self.power * seconds / 3600

    def idle(self) -> None:
        """No power flows; the register stays."""
        self.power = 0.0
