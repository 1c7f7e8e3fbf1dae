"""Simulated peers: charging stations and a CSMS of OCPP 1.6, 2.0.1 and 2.1, for the demo, for tests and for load.

A `SimulatedStation` talks to anything that speaks OCPP-J, a `SimulatedCsms` too, so the two can be put together
without a broker in between. They know the frames of `broker.ocpp` and nothing else of ours: no session, no
plugins, no configuration.
"""

from broker.simulate.connection import Connection, HandshakeRefused
from broker.simulate.csms import Handshake, Received, SimulatedCsms
from broker.simulate.dialect import Transaction
from broker.simulate.fleet import Fleet, station_names
from broker.simulate.meter import Meter
from broker.simulate.peer import Line, Peer
from broker.simulate.station import Pace, SimulatedStation

__all__ = [
    "Connection",
    "Fleet",
    "Handshake",
    "HandshakeRefused",
    "Line",
    "Meter",
    "Pace",
    "Peer",
    "Received",
    "SimulatedCsms",
    "SimulatedStation",
    "Transaction",
    "station_names",
]
