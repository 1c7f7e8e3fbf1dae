"""Secrets of messages do not reach the live view, nor what the API shows of the store."""

from broker.ocpp.redact import MASK, masked

__all__ = ["MASK", "masked"]
