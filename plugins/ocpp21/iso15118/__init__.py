"""OCPP 2.1, functional block M: certificate chain status."""
