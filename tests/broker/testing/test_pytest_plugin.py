import subprocess
import sys

from broker.api import BasePlugin, answer


class Beats(BasePlugin):
    """Answers Heartbeat."""

    @answer("ocpp1.6", "Heartbeat")
    def beat(self, session, call):
        return {"currentTime": self.clock.iso()}


async def test_the_fixture_makes_harnesses(harness):
    assert (await harness(Beats).call("ocpp1.6", "Heartbeat", {})).is_result


def test_loading_it_imports_nothing_heavy():
    heavy = "{'broker.hooks', 'pydantic', 'aiohttp'}"
    code = f"import sys, broker.testing.pytest_plugin; print(sorted({heavy} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_an_unknown_name_is_an_attribute_error():
    import broker.testing

    assert not hasattr(broker.testing, "nothing_of_the_kind")
    assert all(hasattr(broker.testing, name) for name in broker.testing.__all__)
