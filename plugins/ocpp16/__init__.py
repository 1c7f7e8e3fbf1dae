"""The local CSMS for OCPP 1.6, one feature profile a file. Knows nothing of OCPP 2.x."""
