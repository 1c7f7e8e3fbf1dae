"""GET /metrics: the text for Prometheus, rendered off the event loop."""

import asyncio
import gzip

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder, gzip_accepted

from broker.server.admin.context import CONTEXT

_ATTEMPTS = 5
_SMALL = 1024


async def metrics(request: web.Request) -> web.Response:
    """Every figure, in the form that `Accept` asks for, compressed where `Accept-Encoding` allows it."""
    registry = request.app[CONTEXT].surface.metrics.registry
    accept = request.headers.get("Accept", "")
    packed = gzip_accepted(request.headers.get("Accept-Encoding", ""))
    body, content_type, encoding = await asyncio.to_thread(render, registry, accept, packed)
    headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
    if encoding:
        headers["Content-Encoding"] = encoding
    return web.Response(body=body, headers=headers)


def render(registry: CollectorRegistry, accept: str, packed: bool) -> tuple[bytes, str, str]:
    """Body, content type and content encoding. Runs in a thread, beside the loop that changes the figures."""
    encoder, content_type = choose_encoder(accept)
    for attempt in range(_ATTEMPTS):
        try:
            body = encoder(registry)
            break
        except RuntimeError:  # a dictionary that grew meanwhile: the next try finds it still
            if attempt == _ATTEMPTS - 1:
                raise
    if packed and len(body) > _SMALL:
        return gzip.compress(body, 1), content_type, "gzip"
    return body, content_type, ""
