"""The local CSMS for OCPP 2.1: only what differs from 2.0.1 (`plugins.ocpp201` serves the rest)."""
