"""What becomes true a little later: once a reply, or what the CSMS does by itself, has found its way into the book."""

import asyncio

from e2e_kit import WAIT


async def comes(read, wanted):
    """`await read()` is `wanted` before the time is over."""
    try:
        async with asyncio.timeout(WAIT):
            while await read() != wanted:
                await asyncio.sleep(0.005)
    except TimeoutError:
        assert await read() == wanted
