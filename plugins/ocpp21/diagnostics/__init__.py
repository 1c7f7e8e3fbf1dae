"""OCPP 2.1, functional block N: periodic event streams."""
