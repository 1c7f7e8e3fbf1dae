"""The yardstick: aiohttp on both legs, no parsing, nothing but relaying. `python -m benchmarks.bare --upstream URL`"""

import argparse
import asyncio
import ssl

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType, web

from benchmarks.serving import run, say, tune

_MAX_MESSAGE = 1_048_576  # the broker's own default
_SUBPROTOCOLS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")

Socket = web.WebSocketResponse | ClientWebSocketResponse


async def pump(source: Socket, target: Socket) -> None:
    """One direction, strictly in order, until `source` closes."""
    async for message in source:
        if message.type is WSMsgType.TEXT:
            await target.send_str(message.data)
    await target.close()


class Relay:
    """Opens an upstream leg for each station and copies between the two."""

    def __init__(self, upstream: str, client: ClientSession) -> None:
        self.upstream = upstream
        self.client = client

    async def station(self, request: web.BaseRequest) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(protocols=_SUBPROTOCOLS, compress=False, max_msg_size=_MAX_MESSAGE)
        await ws.prepare(request)
        url = self.upstream + request.path
        protocols = (ws.ws_protocol,) if ws.ws_protocol else ()
        async with self.client.ws_connect(url, protocols=protocols, max_msg_size=_MAX_MESSAGE) as leg:
            back = asyncio.create_task(pump(leg, ws))
            await pump(ws, leg)
            await back
        return ws


def tls_context(certificate: str, key: str, client_ca: str | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def serve(options: argparse.Namespace) -> None:
    context = tls_context(options.certificate, options.key, options.client_ca) if options.certificate else None
    async with ClientSession(connector=TCPConnector(limit=0)) as client:
        server = web.Server(Relay(options.upstream, client).station, access_log=None)
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(server, "127.0.0.1", 0, ssl=context, backlog=4096)
        tune()
        say(port=listening.sockets[0].getsockname()[1])
        await listening.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True, help="ws:// address without a path")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--certificate", help="PEM; with it the relay serves wss")
    parser.add_argument("--key")
    parser.add_argument("--client-ca", help="PEM; with it a station must show a certificate")
    options = parser.parse_args()
    run(serve(options), options.loop)


if __name__ == "__main__":
    main()
