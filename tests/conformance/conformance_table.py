"""docs/conformance.md, made from a run of the cases."""

import pytest
from case_kit import TRANSPORTS
from cases16 import CASES16
from cases21 import CASES21
from cases201 import CASES201

ALL = (CASES16, CASES201, CASES21)

HEAD = """# Conformance

The cases of the Open Charge Alliance's test tool for a CSMS, by the ids of the tool (`TC_<id>_CSMS`):
{counts}.
Each is a test of `tests/conformance` that drives a WebSocket station, the charge point of the `ocpp` package, against a
broker with `primary: local`. Every frame is validated against its JSON schema by rules that are not the broker's; a
frame that no step of the case expects fails it, and so does anything that is left open at its end. The cases of OCPP
2.0.1 are cases of 2.1 too, and run over both. These are the project's own tests of what the cases ask for: no
certificate.

This page is written by `make conformance`: {passed} of {count} passed{not_done}.
"""


class Outcomes:
    """A pytest plugin: what became of each case, over each of its transports and versions."""

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
                version, case_id, checked = mark.args
                self._checked[version, case_id] = checked
                item.user_properties.append(("case", (version, case_id, item.callspec.params["transport"])))

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        """Set-up and tear-down count too: a broker that does not stop has not passed."""
        told = dict(report.user_properties).get("case")
        if told is not None:
            *key, transport = told
            self._transports.setdefault(tuple(key), set()).add(transport)
            self._passed[tuple(key)] = self._passed.get(tuple(key), True) and report.passed

    def pytest_sessionfinish(self):
        self._path.write_text(self.text())

    def text(self):
        counts = [f"{len(one.by_id)} of {one.version}" for one in ALL]
        undone = sum(len(one.not_done) for one in ALL)
        head = HEAD.format(
            counts=f"{', '.join(counts[:-1])} and {counts[-1]}, which adds them to those of 2.0.1",
            count=sum(len(one.by_id) for one in ALL),
            passed=sum(self._passed.values()),
            not_done=f", {undone} not done" if undone else "",
        )
        return "\n".join([head, *(line for one in ALL for line in self._section(one))]) + "\n"

    def _section(self, cases):
        yield f"\n## {cases.version}"
        conditional = any(case.condition for case in cases.by_id.values())
        columns = ["id", "name", *(["stands for"] if conditional else []), "transport", "result", "checked"]
        for profile, names in cases.profiles.items():
            yield f"\n### {profile}\n"
            yield f"| {' | '.join(columns)} |"
            yield "|" + "---|" * len(columns)
            yield from (self._row(cases, cases.by_id[case_id], conditional=conditional) for case_id in names)

    def _row(self, cases, case, *, conditional):
        key = (cases.version, case.id)
        result = {None: "not run", True: "passed", False: "**failed**"}[self._passed.get(key)]
        over = ", ".join(TRANSPORTS[one] for one in sorted(self._transports.get(key, ())))
        checked = self._checked.get(key, "")
        if case.id in cases.not_done:
            result, checked = "not done", cases.not_done[case.id]
        stands = [case.condition or "mandatory"] if conditional else []
        return f"| {' | '.join([case.id, case.name, *stands, over, result, checked])} |"
