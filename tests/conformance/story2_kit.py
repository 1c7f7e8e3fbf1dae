"""What many cases of 2.x begin with (the test tool's reusable states), and what the book says of it.

A case walks through them with a `Charge`, which is one transaction as the station sees it:

    charge = Charge(lab, station)
    await charge.ev_connected()          # EVConnectedPreSession
    await charge.authorized()            # Authorized
    await charge.energy_started()        # EnergyTransferStarted
    await charge.stop_authorized()       # StopAuthorized
    await charge.ev_connected_after()    # EVConnectedPostSession
    await charge.ev_disconnected()       # EVDisconnected: Ended
    await charge.bay_unoccupied()        # ParkingBayUnoccupied, after `bay_occupied`

Each of them sends what the state asks for and checks the answers; the first event is Started, whichever that is.
For an event that is not among them: `charge.event("Updated", "MeterValuePeriodic", ...)`, whose answer it returns.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from lab2_kit import EVSES, VALID
from scripted_station_kit import iso, now

METER_START, METER_STOP = 1000, 2500
BEGIN, PERIODIC, CLOCK, END = "Transaction.Begin", "Sample.Periodic", "Sample.Clock", "Transaction.End"


async def booted(station, *, reason="PowerUp", **more):
    """Booted: BootNotification Accepted, and every connector Available."""
    told = await station.boots(reason, **more)
    assert told["status"] == "Accepted"
    assert isinstance(told["interval"], int)
    assert told["interval"] > 0
    assert abs((datetime.now(UTC) - datetime.fromisoformat(told["currentTime"])).total_seconds()) < 30
    for evse in EVSES:
        await station.connector("Available", evse=evse)
    return told


def sampled(value, context=PERIODIC, *, signed=False, at=None, measurand="Energy.Active.Import.Register"):
    """One MeterValueType in Wh."""
    one = {"value": value, "context": context, "measurand": measurand, "unitOfMeasure": {"unit": "Wh"}}
    if signed:
        one["signedMeterValue"] = {
            "signedMeterData": "c2lnbmVkIGRhdGE=",
            "signingMethod": "ECDSA-secp256r1-SHA256",
            "encodingMethod": "OCMF",
            "publicKey": "cHVibGljIGtleQ==",
        }
    return {"timestamp": at or now(), "sampledValue": [one]}


class Charge:
    """One transaction; `evse` is None while the station does not know where the cable will be plugged in."""

    def __init__(self, lab, station, *, evse=1, token=VALID):
        self.lab, self.station, self.evse, self.token = lab, station, evse, token
        self.id = str(uuid4())
        self.began = False
        self.ended = False
        self.seq = 0
        self.state = None
        """chargingState that the last event told."""

    # --- events -----------------------------------------------------------------------------------------------------

    async def event(
        self, kind, trigger, *, token=None, state=None, offline=False, at=None, seq=None, info=None, **more
    ):
        """TransactionEvent; its answer. `state` is the chargingState, `info` more members of transactionInfo."""
        self.began, self.ended = True, self.ended or kind == "Ended"
        self.state = state or self.state
        members = {
            "eventType": kind,
            "timestamp": at or now(),
            "triggerReason": trigger,
            "seqNo": self._next() if seq is None else seq,
            "transactionInfo": {
                "transactionId": self.id,
                **({"chargingState": self.state} if self.state else {}),
                **(info or {}),
            },
            **({"offline": True} if offline else {}),
            **({"evse": {"id": self.evse, "connectorId": 1}} if self.evse else {}),
            **({"idToken": token} if token else {}),
            **more,
        }
        return await self.station.says("TransactionEvent", **members)

    def _next(self):
        self.seq += 1
        return self.seq - 1

    async def goes_on(self, trigger, **more):
        """Started if it is the first event, else Updated."""
        return await self.event("Updated" if self.began else "Started", trigger, **more)

    # --- the reusable states ----------------------------------------------------------------------------------------

    async def bay_occupied(self):
        """ParkingBayOccupied: EVDetected."""
        assert "idTokenInfo" not in await self.goes_on("EVDetected")

    async def ev_connected(self):
        """EVConnectedPreSession: the connector is Occupied, CablePluggedIn."""
        await self.station.connector("Occupied", evse=self.evse)
        told = await self.goes_on("CablePluggedIn", state="EVConnected")
        assert "idTokenInfo" not in told

    async def authorized(self, token=None, *, authorize=True):
        """Authorized: Accepted by Authorize and by TransactionEvent; without `authorize` from the station's cache."""
        self.token = token or self.token
        if authorize:
            assert (await self.station.authorizes(self.token))["status"] == "Accepted"
        told = await self.goes_on("Authorized", token=self.token)
        assert told["idTokenInfo"]["status"] == "Accepted"
        return told

    async def energy_started(self, value=METER_START):
        """EnergyTransferStarted: ChargingStateChanged to Charging."""
        return await self.goes_on("ChargingStateChanged", state="Charging", meterValue=[sampled(value, BEGIN)])

    async def energy_suspended(self, state="SuspendedEV"):
        """EnergyTransferSuspended."""
        return await self.goes_on("ChargingStateChanged", state=state)

    async def stop_authorized(self, token=None):
        """StopAuthorized: the answer has to accept the token."""
        told = await self.goes_on("StopAuthorized", token=token or self.token, state="EVConnected")
        assert told["idTokenInfo"]["status"] == "Accepted"
        return told

    async def ev_connected_after(self):
        """EVConnectedPostSession: no energy any more, the cable still there."""
        return await self.goes_on("ChargingStateChanged", state="EVConnected")

    async def ev_disconnected(self, *, trigger="EVCommunicationLost", reason="EVDisconnected"):
        """EVDisconnected: the connector is Available, Ended."""
        told = await self.ends(trigger, reason, state="Idle")
        await self.station.connector("Available", evse=self.evse)
        return told

    async def bay_unoccupied(self):
        """ParkingBayUnoccupied: Ended by EVDeparted."""
        return await self.ends("EVDeparted", "Local", state="Idle")

    async def ends(self, trigger, reason, *, value=METER_STOP, info=None, **more):
        """Ended, with its last reading."""
        values = {} if value is None else {"meterValue": [sampled(value, END)]}
        return await self.event("Ended", trigger, info={"stoppedReason": reason, **(info or {})}, **{**values, **more})

    async def charging(self, token=None):
        """From the cable to the energy: EVConnectedPreSession, Authorized, EnergyTransferStarted."""
        await self.ev_connected()
        await self.authorized(token)
        await self.energy_started()
        return self

    # --- the book ---------------------------------------------------------------------------------------------------

    async def row(self):
        """What the broker keeps of it."""
        kept = await self.lab.records.transactions.get(self.lab.identity, self.id)
        assert kept is not None
        return kept

    async def runs(self):
        """The book has it, and it has not ended."""
        kept = await self.row()
        assert (kept.ended, kept.evse, kept.version) == (False, self.evse, self.lab.version)
        return kept

    async def is_over(self, reason, *, energy=METER_STOP - METER_START):
        """The book has its end, and that it is final."""
        kept = await self.row()
        assert (kept.ended, kept.stop_reason, kept.energy) == (True, reason, energy)
        return kept

    async def values(self):
        """Its metered values in the book."""
        rows = await self.lab.records.meter_values.of_transaction(self.lab.identity, self.id)
        return [one["value"] for row in rows for value in row.values for one in value["sampledValue"]]


def ago(minutes):
    """A moment of the past, in whole seconds, as it is sent and as the book has it."""
    moment = (datetime.now(UTC) - timedelta(minutes=minutes)).replace(microsecond=0)
    return iso(moment), moment.timestamp()


def ahead(minutes):
    """A moment to come, as it is sent."""
    return iso(datetime.now(UTC) + timedelta(minutes=minutes))


# --- the book ---------------------------------------------------------------------------------------------------------


async def nothing_runs(lab):
    """No transaction at all."""
    assert await lab.records.transactions.page(identity=lab.identity) == []


async def open_ids(lab):
    """The transactions that run."""
    return {one.transaction_id for one in await lab.records.transactions.open_of(lab.identity)}


async def statuses(lab):
    """Status of each connector, by EVSE."""
    return {row.evse: row.status for row in await lab.records.connectors.of(lab.identity)}


async def latest_values(lab):
    """The newest metered value of each EVSE, in or outside a transaction."""
    rows = await lab.records.meter_values.latest(lab.identity)
    return {row.evse: row.values[0]["sampledValue"][0]["value"] for row in rows}


async def variable(lab, component, name):
    """A variable of the device model, as the broker keeps it."""
    rows = await lab.records.variables.of(lab.identity)
    return next((row.value for row in rows if (row.component, row.variable) == (component, name)), None)
