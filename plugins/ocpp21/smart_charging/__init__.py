"""OCPP 2.1, functional block K: priority and dynamic charging."""
