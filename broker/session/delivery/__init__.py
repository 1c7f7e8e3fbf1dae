"""Outboxes, and what becomes of them: delivered, dead letters, delivered while the station is away."""
