"""DataTransfer of a station: which plugin understands which vendor (1.6 4.3).

A plugin puts its handler into `self.shared`, when it is built or when the broker starts:

    self.shared.setdefault("ocpp16.vendors", {})["com.example"] = self.transferred

    async def transferred(self, session, message_id, data):
        return {"status": "Accepted", "data": "..."}

It may be async or not. `message_id` and `data` are text, or None where the station sent none. It returns the answer,
a dict with `status` and perhaps `data`, or None for a messageId that it does not know.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from broker.api import SessionView, StoreFailed

#: The name under which plugins find the registry in `self.shared`.
SHARED = "ocpp16.vendors"
_STATUSES = frozenset({"Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"})
#: Seconds for a handler; less than `time_limit`, so that its slowness is not the Core plugin's.
_LIMIT = 4.0

Answer = Mapping[str, Any] | None
Handler = Callable[[SessionView, str | None, str | None], Answer | Awaitable[Answer]]


async def transferred(
    vendors: Mapping[str, Handler], session: SessionView, payload: Mapping[str, Any], log: logging.Logger
) -> dict[str, Any]:
    """The answer to a DataTransfer: the handler's. One that fails is Rejected; nobody else suffers from it."""
    vendor = payload.get("vendorId")
    handler = _handler(vendors, vendor)
    if handler is None:
        return {"status": "UnknownVendorId"}
    message_id, data = payload.get("messageId"), payload.get("data")
    try:
        result = handler(session, message_id, data)
        if inspect.isawaitable(result):
            async with asyncio.timeout(_LIMIT):
                result = await result
    except StoreFailed:
        raise
    except Exception:
        log.exception("the handler of vendor %.50r failed", vendor)
        return {"status": "Rejected"}
    return {"status": "UnknownMessageId"} if result is None else _checked(result, vendor, log)


def _handler(vendors: Mapping[str, Handler], vendor: Any) -> Handler | None:
    """vendorId is a CiString255Type: compared without regard to case."""
    if not isinstance(vendor, str):
        return None
    found = vendors.get(vendor)
    if found is None:
        wanted = vendor.casefold()
        found = next((handler for name, handler in vendors.items() if name.casefold() == wanted), None)
    return found


def _checked(result: Any, vendor: Any, log: logging.Logger) -> dict[str, Any]:
    """What the station can read: a status of 1.6 (7.14), and data as text."""
    if isinstance(result, Mapping) and result.get("status") in _STATUSES:
        data = result.get("data")
        if data is None:
            return {"status": result["status"]}
        if isinstance(data, str):
            return {"status": result["status"], "data": data}
    log.error("the handler of vendor %.50r must return a status of DataTransfer, and data as text", vendor)
    return {"status": "Rejected"}
