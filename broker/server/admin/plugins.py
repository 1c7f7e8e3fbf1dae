"""GET /api/v1/plugins, /api/v1/plugins/{name}, /api/v1/chains: what is loaded, and who handles what."""

from aiohttp import web

from broker.ocpp import Version
from broker.server.admin.context import CONTEXT
from broker.server.admin.jsontext import respond
from broker.server.admin.problems import ApiProblem
from broker.server.admin.query import parameters


async def list_plugins(request: web.Request) -> web.Response:
    """The plugins in their order, with what each handles, its options (secrets masked) and its counts."""
    parameters(request)
    return respond({"plugins": request.app[CONTEXT].surface.plugins.describe()})


async def show_plugin(request: web.Request) -> web.Response:
    """One plugin."""
    parameters(request)
    name = request.match_info["name"]
    found = [row for row in request.app[CONTEXT].surface.plugins.describe() if row["name"] == name]
    if not found:
        raise ApiProblem("unknown-plugin", "no plugin of this name is loaded")
    return respond(found[0])


async def list_chains(request: web.Request) -> web.Response:
    """By version: the handlers of each action, in the order in which they run."""
    wanted = parameters(request, "version").get("version")
    names = [version.value for version in Version]
    if wanted is not None and wanted not in names:
        raise ApiProblem("bad-request", f"the query parameter version is one of {', '.join(names)}")
    plugins = request.app[CONTEXT].surface.plugins
    versions = [Version(wanted)] if wanted else list(Version)
    return respond({"chains": {version.value: plugins.chains(version) for version in versions}})
