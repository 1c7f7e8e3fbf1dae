"""`switchboard stations route`."""

import json

PATH = "/api/v1/stations/CP%201/route"
FOUND = {"primary": "main", "secondaries": ["billing"], "source": "api", "state": "switching", "links": []}


def test_the_route_is_shown(invoke, admin):
    admin.answers["GET", PATH] = (200, FOUND)
    shown = invoke("stations", "route", "CP 1").stdout
    assert "primary      main\nsecondaries  billing\n" in shown
    assert json.loads(invoke("stations", "route", "CP 1", "--json").stdout) == FOUND


def test_a_route_of_its_own(invoke, admin, tmp_path):
    admin.answers["PUT", PATH] = (200, FOUND)
    (tmp_path / "route.json").write_text('{"primary": "next"}')
    assert "state        switching" in invoke("stations", "route", "CP 1", "--set", '{"primary": "main"}').stdout
    invoke("stations", "route", "CP 1", "--set", "@route.json")
    assert [asked["body"] for asked in admin.asked] == [{"primary": "main"}, {"primary": "next"}]


def test_back_to_the_configuration(invoke, admin):
    admin.answers["DELETE", PATH] = (200, {**FOUND, "source": "configuration"})
    assert "source       configuration" in invoke("stations", "route", "CP 1", "--clear").stdout
    assert admin.asked[0]["body"] is None


def test_a_wrong_route_is_told_in_full(invoke, admin):
    problems = [{"path": "primary", "value": "'gone'", "expected": "the name of an upstream"}]
    admin.answers["PUT", PATH] = (422, {"detail": "nothing was changed", "problems": problems})
    done = invoke("stations", "route", "CP 1", "--set", '{"primary": "gone"}')
    assert done.exit_code == 2
    assert done.stderr.startswith("primary: expected the name of an upstream, found 'gone'\n")


def test_what_cannot_be_meant_asks_nobody(invoke, admin):
    assert invoke("stations", "route", "CP 1", "--set", "{}", "--clear").exit_code == 2
    assert invoke("stations", "route", "CP 1", "--set", "main").exit_code == 2
    assert admin.asked == []
