"""OCPP 2.0.1 and 2.1, functional block L: firmware management."""
