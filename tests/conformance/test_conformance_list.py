"""Every case has its one test, and the table of the last run names them all."""

import ast
from pathlib import Path

import pytest
from cases16 import CASES, PROFILES
from conformance_table import Outcomes

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "conformance.md"


def marked_tests():
    """Case id and function of each test that is marked as a case's, from the source."""
    for path in sorted(HERE.glob("test_tc_*.py")):
        for node in ast.parse(path.read_text()).body:
            for mark in getattr(node, "decorator_list", ()):
                if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") == "case":
                    yield mark.args[0].value, node.name


def test_every_case_has_exactly_one_test_and_is_named_after_it():
    found = list(marked_tests())
    assert sorted(case_id for case_id, _ in found) == sorted(CASES)
    assert [name for case_id, name in found if not name.startswith(f"test_tc_{case_id}_")] == []


def test_no_test_of_a_case_goes_without_its_mark():
    named = [
        node.name
        for path in HERE.glob("test_tc_*.py")
        for node in ast.parse(path.read_text()).body
        if getattr(node, "name", "").startswith("test_")
    ]
    assert sorted(named) == sorted(name for _, name in marked_tests())


def test_the_profiles_have_as_many_cases_as_the_test_tool():
    assert {profile: len(names) for profile, names in PROFILES.items()} == {
        "Core": 34,
        "Firmware Management": 5,
        "Local Authorization List Management": 6,
        "Smart Charging": 5,
        "Remote Trigger": 2,
        "Reservation": 10,
        "Security": 15,
    }
    assert len(CASES) == 77


@pytest.mark.about_table
def test_the_table_names_them_all_and_all_passed():
    rows = [line.split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    told = {row[0].removeprefix("| "): row[1:4] for row in rows if row[0] != "| id"}
    assert {case_id: (row[0], row[2]) for case_id, row in told.items()} == {
        case.id: (case.name, "passed") for case in CASES.values()
    }
    assert all(row[1] for row in told.values())


class Report:
    """What a pytest report has of a case."""

    def __init__(self, case_id, transport, *, passed):
        self.user_properties = [("case", (case_id, transport))]
        self.passed = passed


def test_a_case_has_passed_only_where_every_phase_over_every_transport_has(tmp_path):
    outcomes = Outcomes(tmp_path / "table.md")
    for transport, passed in ((1, True), (2, False), (1, True)):
        outcomes.pytest_runtest_logreport(Report("073", transport, passed=passed))
    outcomes.pytest_runtest_logreport(Report("001", 1, passed=True))
    outcomes.pytest_sessionfinish()
    text = (tmp_path / "table.md").read_text()
    assert "| 073 | Update AuthorizationKey | ws + Basic (SP1), wss + Basic (SP2) | **failed** |" in text
    assert "| 001 | Cold boot | ws + Basic (SP1) | passed |" in text
    assert "| 003 | Start session, plug-in first |  | not run |" in text
    assert "1 of 77 passed" in text
