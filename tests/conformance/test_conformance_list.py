"""Every case has its one test or the reason why it has none, and the table of the last run names them all."""

import ast
from collections import Counter
from pathlib import Path

import pytest
from case_kit import Cases
from conformance_table import ALL, Outcomes

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "docs" / "conformance.md"
DECORATORS = {"case": "OCPP 1.6", "case201": "OCPP 2.0.1", "case21": "OCPP 2.1"}


def marked_tests():
    """Version, case id and function of each test that is marked as a case's, from the source."""
    for node in functions():
        for mark in getattr(node, "decorator_list", ()):
            if isinstance(mark, ast.Call) and getattr(mark.func, "id", "") in DECORATORS:
                yield DECORATORS[mark.func.id], mark.args[0].value, node.name


def functions():
    """Each function of the files of cases."""
    for path in sorted(HERE.rglob("test_tc*.py")):
        yield from (node for node in ast.parse(path.read_text()).body if getattr(node, "name", "").startswith("test_"))


@pytest.mark.parametrize("cases", ALL, ids=lambda cases: cases.version)
def test_every_case_has_exactly_one_test_or_a_reason_and_is_named_after_it(cases):
    found = [(case_id, name) for version, case_id, name in marked_tests() if version == cases.version]
    assert sorted([*(case_id for case_id, _ in found), *cases.not_done]) == sorted(cases.by_id)
    assert [name for case_id, name in found if not name.startswith(cases.named(case_id))] == []
    assert all(cases.not_done.values()), "a case that is not done has its reason"


def test_no_test_of_a_case_goes_without_its_mark():
    assert sorted(node.name for node in functions()) == sorted(name for *_, name in marked_tests())


@pytest.mark.parametrize(
    ("version", "counts"),
    [
        ("OCPP 1.6", [34, 5, 6, 5, 2, 10, 15]),
        ("OCPP 2.0.1", [8, 18, 11, 27, 15, 10, 9, 12, 8, 11, 2, 4, 9, 26, 17, 9, 21, 18]),
        ("OCPP 2.1", [15, 26, 3, 2, 11, 7, 12, 9]),
    ],
)
def test_the_profiles_have_as_many_cases_as_the_test_tool(version, counts):
    cases = next(one for one in ALL if one.version == version)
    assert [len(names) for names in cases.profiles.values()] == counts
    assert len(cases.by_id) == sum(counts), "no case stands in two profiles"


@pytest.mark.about_table
def test_the_table_names_them_all_and_all_passed():
    wanted = [
        (case.id, case.name, "not done" if case.id in cases.not_done else "passed")
        for cases in ALL
        for case in cases.by_id.values()
    ]
    rows = [line.strip("|").split(" | ") for line in TABLE.read_text().splitlines() if line.startswith("| ")]
    assert [(row[0].strip(), row[1], row[-2]) for row in rows if row[0] != " id"] == wanted


class Report:
    """What a pytest report has of a case."""

    def __init__(self, version, case_id, transport, *, passed):
        self.user_properties = [("case", (version, case_id, transport))]
        self.passed = passed


def test_a_case_has_passed_only_where_every_phase_over_every_transport_has(tmp_path):
    outcomes = Outcomes(tmp_path / "table.md")
    for transport, passed in ((1, True), (2, False), (1, True)):
        outcomes.pytest_runtest_logreport(Report("OCPP 1.6", "073", transport, passed=passed))
    outcomes.pytest_runtest_logreport(Report("OCPP 1.6", "001", 1, passed=True))
    outcomes.pytest_runtest_logreport(Report("OCPP 2.0.1", "A_19", 1, passed=True))
    outcomes.pytest_sessionfinish()
    text = (tmp_path / "table.md").read_text()
    assert "| 073 | Update AuthorizationKey | ws + Basic (SP1), wss + Basic (SP2) | **failed** |" in text
    assert "| 001 | Cold boot | ws + Basic (SP1) | passed |" in text
    assert "| 003 | Start session, plug-in first |  | not run |" in text
    assert "| more than one security profile | ws + Basic (SP1) | passed |" in text
    assert "2 of 397 passed" in text


def test_a_case_that_is_not_done_tells_its_reason(tmp_path, monkeypatch):
    cases = Cases("OCPP 2.0.1", {"Core": {"A_01": "First"}}, prefix="test_tc", on=(), not_done={"A_01": "no way"})
    monkeypatch.setattr("conformance_table.ALL", (cases,))
    assert "| A_01 | First |  | not done | no way |" in Outcomes(tmp_path / "table.md").text()


def test_no_name_of_a_test_is_there_twice():
    assert [name for name, times in Counter(node.name for node in functions()).items() if times > 1] == []
