"""Who makes which call: the actions of each version by direction.

The schemas do not say it. From the sequence diagrams and message tables of the specifications (1.6 section 4 and 5,
the 1.6 security white paper section 5, 2.0.1 and 2.1 part 2).
"""

from collections.abc import Mapping

from broker.ocpp.versions import Version


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_STATION_16 = _names(
    "Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat"
    " LogStatusNotification MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification"
    " StartTransaction StatusNotification StopTransaction"
)
_CSMS_16 = _names(
    "CancelReservation CertificateSigned ChangeAvailability ChangeConfiguration ClearCache ClearChargingProfile"
    " DataTransfer DeleteCertificate ExtendedTriggerMessage GetCompositeSchedule GetConfiguration GetDiagnostics"
    " GetInstalledCertificateIds GetLocalListVersion GetLog InstallCertificate RemoteStartTransaction"
    " RemoteStopTransaction ReserveNow Reset SendLocalList SetChargingProfile SignedUpdateFirmware TriggerMessage"
    " UnlockConnector UpdateFirmware"
)
_STATION_201 = _names(
    "Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification Get15118EVCertificate"
    " GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation"
    " NotifyDisplayMessages NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport"
    " NotifyReport PublishFirmwareStatusNotification ReportChargingProfiles ReservationStatusUpdate"
    " SecurityEventNotification SignCertificate StatusNotification TransactionEvent"
)
_CSMS_201 = _names(
    "CancelReservation CertificateSigned ChangeAvailability ClearCache ClearChargingProfile ClearDisplayMessage"
    " ClearVariableMonitoring CostUpdated CustomerInformation DataTransfer DeleteCertificate GetBaseReport"
    " GetChargingProfiles GetCompositeSchedule GetDisplayMessages GetInstalledCertificateIds GetLocalListVersion GetLog"
    " GetMonitoringReport GetReport GetTransactionStatus GetVariables InstallCertificate PublishFirmware"
    " RequestStartTransaction RequestStopTransaction ReserveNow Reset SendLocalList SetChargingProfile"
    " SetDisplayMessage SetMonitoringBase SetMonitoringLevel SetNetworkProfile SetVariableMonitoring SetVariables"
    " TriggerMessage UnlockConnector UnpublishFirmware UpdateFirmware"
)
_STATION_21 = _STATION_201 | _names(
    "BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop"
    " NotifyPeriodicEventStream NotifyPriorityCharging NotifySettlement OpenPeriodicEventStream"
    " PullDynamicScheduleUpdate ReportDERControl VatNumberValidation"
)
_CSMS_21 = _CSMS_201 | _names(
    "AFRRSignal AdjustPeriodicEventStream ChangeTransactionTariff ClearDERControl ClearTariffs GetDERControl"
    " GetPeriodicEventStream GetTariffs NotifyAllowedEnergyTransfer NotifyWebPaymentStarted RequestBatterySwap"
    " SetDERControl SetDefaultTariff UpdateDynamicSchedule UsePriorityCharging"
)

FROM_STATION: Mapping[Version, frozenset[str]] = {
    Version.V16: _STATION_16,
    Version.V201: _STATION_201,
    Version.V21: _STATION_21,
}
"""The calls that a station makes."""
TO_STATION: Mapping[Version, frozenset[str]] = {
    Version.V16: _CSMS_16,
    Version.V201: _CSMS_201,
    Version.V21: _CSMS_21,
}
"""The calls that a CSMS makes. DataTransfer goes both ways."""
