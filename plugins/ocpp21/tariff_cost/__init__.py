"""OCPP 2.1, functional block I: tariffs and prepaid."""
