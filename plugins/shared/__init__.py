"""What the profiles of several versions of OCPP have in common: pure values, certificates, ways out for events."""
