"""OCPP 2.1, functional block Q: bidirectional power transfer."""
