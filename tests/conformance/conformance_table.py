"""docs/conformance.md, made from a run of the cases."""

import pytest
from cases16 import CASES, PROFILES, TRANSPORTS

HEAD = """# Conformance: OCPP 1.6

The {count} cases of the Open Charge Alliance's test tool for a CSMS, by the ids of the tool (`TC_<id>_CSMS`). Each is a
test of `tests/conformance` that drives a WebSocket station, the charge point of the `ocpp` package, against a broker
with `primary: local`. Every frame is validated against its JSON schema by rules that are not the broker's; a frame that
no step of the case expects fails it, and so does anything that is left open at its end. These are the project's own
tests of what the cases ask for: no certificate.

This page is written by `make conformance`: {passed} of {count} passed.
"""


class Outcomes:
    """A pytest plugin: what became of each case, over each of its transports."""

    def __init__(self, path):
        self._path = path
        self._passed = {}
        self._transports = {}
        self._checked = {}

    def pytest_collection_modifyitems(self, config, items):
        """The test of the table itself is for the runs that do not write it."""
        about_table = [item for item in items if item.get_closest_marker("about_table")]
        config.hook.pytest_deselected(items=about_table)
        items[:] = [item for item in items if item not in about_table]
        for item in items:
            mark = item.get_closest_marker("case")
            if mark is not None:
                case_id, self._checked[case_id] = mark.args
                item.user_properties.append(("case", (case_id, item.callspec.params["transport"])))

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        """Set-up and tear-down count too: a broker that does not stop has not passed."""
        case_id, transport = dict(report.user_properties).get("case", (None, None))
        if case_id is not None:
            self._transports.setdefault(case_id, set()).add(transport)
            self._passed[case_id] = self._passed.get(case_id, True) and report.passed

    def pytest_sessionfinish(self):
        self._path.write_text(self.text())

    def text(self):
        passed = sum(self._passed.values())
        parts = [HEAD.format(count=len(CASES), passed=passed)]
        for profile, names in PROFILES.items():
            parts += [f"\n## {profile}\n", "| id | name | transport | result | checked |", "|---|---|---|---|---|"]
            parts += [self._row(case_id, name) for case_id, name in names.items()]
        return "\n".join(parts) + "\n"

    def _row(self, case_id, name):
        result = {None: "not run", True: "passed", False: "**failed**"}[self._passed.get(case_id)]
        over = ", ".join(TRANSPORTS[one] for one in sorted(self._transports.get(case_id, ())))
        return f"| {case_id} | {name} | {over} | {result} | {self._checked.get(case_id, '')} |"
