"""DataTransfer of a 1.6 station (4.3): `plugins.shared.vendors` with data as text, and the registry of this version."""

import logging
from collections.abc import Mapping
from typing import Any

from broker.api import SessionView
from plugins.shared import vendors
from plugins.shared.vendors import Handler

__all__ = ["SHARED", "Handler", "transferred"]

#: The name under which plugins find the registry in `self.shared`.
SHARED = "ocpp16.vendors"


async def transferred(
    handlers: Mapping[str, Handler], session: SessionView, payload: Mapping[str, Any], log: logging.Logger
) -> dict[str, Any]:
    """The answer to a DataTransfer of 1.6."""
    return await vendors.transferred(handlers, session, payload, log, only_text=True)
