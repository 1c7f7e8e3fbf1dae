"""OCPP 2.1, functional block S: battery swapping."""
