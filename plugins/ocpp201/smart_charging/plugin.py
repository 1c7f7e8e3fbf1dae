"""OCPP 2.x smart charging, functional block K: profiles of every purpose, and schedules for EVs that ask."""

from broker.api import Action, Context, hookimpl
from plugins.ocpp201.smart_charging.config import SmartChargingConfig
from plugins.ocpp201.smart_charging.negotiation import Negotiation
from plugins.ocpp201.versions import actions

SHARED = "ocpp201.smart_charging"


class SmartCharging(Negotiation):
    """OCPP 2.x smart charging: sends and knows charging profiles, and makes schedules for EVs that tell their needs."""

    name = "ocpp201.smart_charging"

    class Config(SmartChargingConfig):
        """The options."""

    config: Config

    def __init__(self, config: Config, context: Context) -> None:
        super().__init__(config, context)
        self.shared[SHARED] = self

    @hookimpl
    def register_actions(self) -> list[Action]:
        """The calls of this block that 2.0.1 has too."""
        return actions(
            "SmartCharging",
            from_station=(
                "ClearedChargingLimit",
                "NotifyChargingLimit",
                "NotifyEVChargingNeeds",
                "NotifyEVChargingSchedule",
                "ReportChargingProfiles",
            ),
            to_station=("ClearChargingProfile", "GetChargingProfiles", "GetCompositeSchedule", "SetChargingProfile"),
        )
