"""OCPP 2.1, functional block R: DER control."""
