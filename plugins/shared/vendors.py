"""DataTransfer of a station: which plugin understands which vendor (1.6 4.3, 2.x P02).

A plugin puts its handler into `self.shared`, when it is built or when the broker starts, into the registry of a
version, `ocpp16.vendors` or `ocpp201.vendors` (2.0.1 and 2.1), or into both:

    self.shared.setdefault("ocpp201.vendors", {})["com.example"] = self.transferred

    async def transferred(self, session, message_id, data):
        return {"status": "Accepted", "data": {"any": "JSON"}}

It may be async or not. `message_id` is text, or None where the station sent none; `data` is text in 1.6, in 2.x any
JSON. It returns the answer, a dict with `status` and perhaps `data`, in 2.x also `statusInfo`, or None for a messageId
that it does not know.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from broker.api import SessionView, StoreFailed
from plugins.shared.ci_string import folded

_STATUSES = frozenset({"Accepted", "Rejected", "UnknownMessageId", "UnknownVendorId"})
#: Seconds for a handler; less than `time_limit`, so that its slowness is not that of the plugin that answers.
_LIMIT = 4.0

Answer = Mapping[str, Any] | None
Handler = Callable[[SessionView, str | None, Any], Answer | Awaitable[Answer]]


async def transferred(
    vendors: Mapping[str, Handler],
    session: SessionView,
    payload: Mapping[str, Any],
    log: logging.Logger,
    *,
    only_text: bool = False,
) -> dict[str, Any]:
    """The answer to a DataTransfer: the handler's. One that fails is Rejected; nobody else suffers from it.

    `only_text`: `data` is text, and there is no `statusInfo`, as in 1.6.
    """
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
    return {"status": "UnknownMessageId"} if result is None else _checked(result, vendor, log, only_text)


def _handler(vendors: Mapping[str, Handler], vendor: Any) -> Handler | None:
    """vendorId is a CiString255Type, in 2.x an identifier: compared without regard to case."""
    if not isinstance(vendor, str):
        return None
    found = vendors.get(vendor)
    if found is None:
        wanted = folded(vendor)
        found = next((handler for name, handler in vendors.items() if folded(name) == wanted), None)
    return found


def _checked(result: Any, vendor: Any, log: logging.Logger, only_text: bool) -> dict[str, Any]:
    """What the station can read: a status, and no member that is null."""
    if isinstance(result, Mapping) and result.get("status") in _STATUSES:
        names = ("status", "data") if only_text else ("status", "data", "statusInfo")
        found = {name: result[name] for name in names if result.get(name) is not None}
        if not only_text or isinstance(found.get("data", ""), str):
            return found
    log.error("the handler of vendor %.50r must return a status of DataTransfer%s", vendor, _TEXT if only_text else "")
    return {"status": "Rejected"}


_TEXT = ", and data as text"
