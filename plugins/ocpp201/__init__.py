"""The local CSMS for OCPP 2.0.1, one functional block a file; serves 2.1 too where the messages are the same."""
