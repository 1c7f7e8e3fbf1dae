"""Switchboard, a plugin-based OCPP broker. ARCHITECTURE.md tells what stands where; plugins import `broker.api`."""
