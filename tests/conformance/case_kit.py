"""Cases of the Open Charge Alliance's test tool, and the mark of a test that is one of them.

`Cases` is the list of one version: cases16, cases201 and cases21 have one each. Its `case` decorates a test with the id
of the case and a line on what the test looks at. The test runs once for each transport of `over`, and once for each
version of `on` where the cases are those of more than one; the fixture `lab` is made for both.
"""

from dataclasses import dataclass

import pytest

#: Security profiles of the white paper: ws with Basic, wss with Basic, wss with a client certificate.
TRANSPORTS = {1: "ws + Basic (SP1)", 2: "wss + Basic (SP2)", 3: "wss + client certificate (SP3)"}
V16, V201, V21 = "ocpp1.6", "ocpp2.0.1", "ocpp2.1"


@dataclass(frozen=True)
class Case:
    id: str
    name: str
    profile: str
    condition: str = ""
    """The features that it stands for; a mandatory case has none."""


class Cases:
    """The cases of one version, in the order of the test tool; `by_id` has them all."""

    def __init__(self, version, profiles, *, prefix, on, not_done=None):
        """`profiles`: by name, a dict of id -> name, or id -> (name, condition). `not_done`: id -> reason."""
        self.version, self.profiles, self.prefix, self.on = version, profiles, prefix, on
        self.not_done = not_done or {}
        self.by_id = {
            case_id: Case(case_id, told, profile) if isinstance(told, str) else Case(case_id, told[0], profile, told[1])
            for profile, names in profiles.items()
            for case_id, told in names.items()
        }

    def named(self, case_id):
        """How the name of its test begins."""
        return f"{self.prefix}_{case_id.lower()}_"

    def case(self, case_id, checked, *, over=(1,), on=None):
        """Mark a test as that of a case; it runs over each of these transports, on each of these versions.

        `checked`: what it looks at, for the table.
        """
        assert case_id in self.by_id

        def decorate(test):
            begins = self.named(case_id)
            assert test.__name__.startswith(begins), f"{test.__name__} is not named after case {case_id}"
            if V16 not in self.on:
                test = pytest.mark.asyncio(loop_scope="session")(test)  # that of the broker which the cases share
                versions = [pytest.param(one, id=one.removeprefix("ocpp")) for one in on or self.on]
                test = pytest.mark.parametrize("version", versions)(test)
            transports = [pytest.param(one, id=f"SP{one}") for one in over]
            return pytest.mark.case(self.version, case_id, checked)(
                pytest.mark.parametrize("transport", transports)(test)
            )

        return decorate
