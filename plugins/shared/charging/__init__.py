"""Charging profiles of any version as functions of time: what they allow, and what follows from several."""
