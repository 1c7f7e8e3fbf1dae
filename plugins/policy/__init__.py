"""Policies: what may pass, how much of it, and who looks on. They belong to no OCPP profile."""
