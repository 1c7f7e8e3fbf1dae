"""`switchboard reload`."""

import json

PATH = ("POST", "/api/v1/reload")


def test_a_reload_says_so(invoke, admin):
    admin.answers[PATH] = (200, {"status": "reloaded"})
    assert invoke("reload").stdout == "reloaded\n"
    assert json.loads(invoke("reload", "--json").stdout) == {"status": "reloaded"}


def test_every_problem_of_the_new_file_is_told(invoke, admin):
    problems = [
        {"path": "routes[0].primary", "value": "'gone'", "expected": "the name of an upstream"},
        {"path": "", "value": "", "expected": "port 9000 is taken"},
    ]
    admin.answers[PATH] = (422, {"detail": "nothing was changed", "problems": problems})
    done = invoke("reload")
    assert done.exit_code == 2
    assert done.stderr.splitlines()[:2] == [
        "routes[0].primary: expected the name of an upstream, found 'gone'",
        "port 9000 is taken",
    ]


def test_a_broker_that_fails_is_no_wrong_input(invoke, admin):
    admin.answers[PATH] = (500, {"detail": "broken"})
    assert invoke("reload").exit_code == 1
