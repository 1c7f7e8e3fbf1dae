"""The text of a new plugin and its test, for `switchboard plugins new NAME`."""

import keyword
import re

_PLUGIN = '''\
"""{title}: a plugin for Switchboard."""

from broker.api import BasePlugin, Call, Replace, SessionView, on_call


class {cls}(BasePlugin):
    """Writes a vendor's name the way the CSMS expects it."""

    class Config(BasePlugin.Config):
        """Options under this plugin's name in the configuration."""

        vendor: str = "Example"

    @on_call("ocpp1.6", "BootNotification")
    def tidy(self, session: SessionView, call: Call) -> Replace | None:
        """Replace the vendor's name where it differs; None lets the message pass as it came in."""
        if call.payload.get("chargePointVendor") == self.config.vendor:
            return None
        return Replace({{**call.payload, "chargePointVendor": self.config.vendor}})
'''

_TEST = '''\
"""Tests of {title}."""

import pytest
from {module} import {cls}

from broker.testing import harness

pytestmark = pytest.mark.asyncio
BOOT = {{"chargePointVendor": "EXAMPLE GmbH", "chargePointModel": "One"}}


async def test_the_vendor_is_replaced() -> None:
    h = harness({cls}, vendor="Example")
    forwarded = await h.forward("ocpp1.6", "BootNotification", BOOT)
    assert forwarded.payload == {{"chargePointVendor": "Example", "chargePointModel": "One"}}


async def test_a_vendor_that_is_right_passes_untouched() -> None:
    h = harness({cls}, vendor="EXAMPLE GmbH")
    forwarded = await h.forward("ocpp1.6", "BootNotification", BOOT)
    assert forwarded.payload == BOOT
'''


def scaffold(name: str) -> dict[str, str]:
    """A working plugin called `name` and its test: relative path to content.

    `name` is letters, digits, `-` and `_`, beginning with a letter; ValueError otherwise. Put the folder of the
    file into `plugin_dirs` and the module's name into `plugins`.
    """
    module = name.replace("-", "_").lower()
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) or keyword.iskeyword(module):
        raise ValueError(f"{name!r} cannot name a plugin: letters, digits, - and _, beginning with a letter")
    cls = "".join(part.capitalize() for part in module.split("_") if part)
    words = {"title": name, "module": module, "cls": cls}
    return {f"{module}.py": _PLUGIN.format(**words), f"test_{module}.py": _TEST.format(**words)}
