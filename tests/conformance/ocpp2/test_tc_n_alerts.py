"""N, diagnostics: what a station notices by itself."""

from cases201 import case201
from later_kit import comes
from story2_kit import booted


async def told(lab, variable):
    """The events of a variable in the book: value, trigger, kind, monitor, whether cleared."""
    names = ("trigger", "eventNotificationType", "variableMonitoringId", "cleared")
    rows = await lab.records.events.page(identity=lab.identity, variable=variable)
    return [(row.component, row.value, *(row.details.get(name) for name in names)) for row in rows]


@case201("N_21", "NotifyEvent, Alerting, of a hard-wired monitor: answered with nothing, in the book")
async def test_tc_n_21_hard_wired_monitor(lab):
    async with lab.station() as station:
        await booted(station)
        await station.event(
            "ChargingStation", "Problem", "true",
            trigger="Alerting", notified="HardWiredMonitor", variableMonitoringId=1, techCode="E-17", cleared=False,
        )  # fmt: skip
        wanted = [("ChargingStation", "true", "Alerting", "HardWiredMonitor", 1, False)]
        await comes(lambda: told(lab, "Problem"), wanted)


@case201(
    "N_49", "Thresholds exceeded, and cleared after the reboot: each NotifyEvent answered with nothing, in the book"
)
async def test_tc_n_49_thresholds_cleared_after_reboot(lab):
    monitors = ((5, "31.5"), (6, "0.5"))
    exceeded = [("ChargingStation", value, "Alerting", "CustomMonitor", number, None) for number, value in monitors]
    cleared = [("ChargingStation", "16", "Alerting", "CustomMonitor", number, True) for number, _ in monitors]
    async with lab.station() as station:
        await booted(station)
        for number, value in monitors:
            await alerts(station, number, value)
        await comes(lambda: told(lab, "Current"), exceeded)
    async with lab.station() as station:
        await booted(station, reason="LocalReset")
        for number, _ in monitors:
            await alerts(station, number, "16", cleared=True)
        await comes(lambda: told(lab, "Current"), exceeded + cleared)


async def alerts(station, number, value, **more):
    await station.event(
        "ChargingStation", "Current", value,
        trigger="Alerting", notified="CustomMonitor", variableMonitoringId=number, **more,
    )  # fmt: skip


@case201("N_50", "NotifyEvent, Periodic, several times: each answered with nothing, in the book")
async def test_tc_n_50_periodic_triggered(lab):
    async with lab.station() as station:
        await booted(station)
        for value in ("11000", "11001", "11002"):
            await station.event(
                "ChargingStation", "Power", value,
                trigger="Periodic", notified="CustomMonitor", variableMonitoringId=7,
            )  # fmt: skip
        wanted = [
            ("ChargingStation", value, "Periodic", "CustomMonitor", 7, None) for value in ("11000", "11001", "11002")
        ]
        await comes(lambda: told(lab, "Power"), wanted)
