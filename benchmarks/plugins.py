"""Fifteen plugins: three that look at every MeterValues, twelve that wait for something else."""

from broker.api import BasePlugin, Call, SessionView, on_call

_VERSION = "ocpp1.6"
_WATCHED = "MeterValues"


class Reader(BasePlugin):
    """Reads the payload, as a plugin that checks a meter would."""

    @on_call(_VERSION, _WATCHED)
    def read(self, session: SessionView, call: Call) -> None:
        session.state["connector"] = call.payload["connectorId"]


class Suspender(BasePlugin):
    """Async, as a plugin that sometimes asks a database would be; this time it had the answer."""

    @on_call(_VERSION, _WATCHED)
    async def ask(self, session: SessionView, call: Call) -> None:
        session.state["asked"] = session.state.get("asked", 0) + 1


class Counter(BasePlugin):
    """Counts in plain Python."""

    @on_call(_VERSION, _WATCHED)
    def count(self, session: SessionView, call: Call) -> None:
        session.state["counted"] = session.state.get("counted", 0) + 1


class Idle(BasePlugin):
    """Interested in another action; subclassed because a plugin is loaded once."""

    @on_call(_VERSION, "DataTransfer")
    def other(self, session: SessionView, call: Call) -> None:
        session.state["other"] = call.id


INTERESTED = (Reader, Suspender, Counter)
IDLE = tuple(type(f"Idle{number:02d}", (Idle,), {"__module__": __name__}) for number in range(1, 13))
globals().update({plugin.__name__: plugin for plugin in IDLE})  # so that `module:Class` finds them
