"""`switchboard security-events`."""

import json
from urllib.parse import parse_qs

PATH = "/api/v1/security-events"
ROW = {
    "id": 7, "identity": "CP1", "type": "Reboot", "at": "2026-01-01T00:00:00.000Z",
    "received_at": "2026-01-01T00:00:01.000Z", "tech_info": "",
}  # fmt: skip


def test_a_line_an_event(invoke, admin):
    admin.answers["GET", PATH] = (200, {"events": [ROW, ROW | {"tech_info": "a\x1b[2Jb"}], "next": 7})
    done = invoke("security-events")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["ID", "STATION", "TYPE", "TIME", "RECEIVED", "INFO"]
    assert lines[1].split() == ["7", "CP1", "Reboot", ROW["at"], ROW["received_at"], "-"]
    assert "\x1b" not in lines[2]
    assert done.stderr == "there are more: --after 7\n"


def test_what_is_wanted_is_asked_for(invoke, admin):
    admin.answers["GET", PATH] = (200, {"events": []})
    options = ["--type", "Reboot", "--since", "2026-01-01T00:00:00Z", "--until", "2026-01-02T00:00:00Z"]
    done = invoke("security-events", "CP 1", *options, "--after", 5, "--limit", 20)
    assert done.stdout == "no security events\n"
    assert {name: one for name, (one,) in parse_qs(admin.asked[0]["query"]).items()} == {
        "identity": "CP 1",
        "type": "Reboot",
        "since": "2026-01-01T00:00:00.000Z",
        "until": "2026-01-02T00:00:00.000Z",
        "after": "5",
        "limit": "20",
    }


def test_for_machines(invoke, admin):
    admin.answers["GET", PATH] = (200, {"events": [ROW]})
    assert json.loads(invoke("security-events", "--json").stdout) == {"events": [ROW]}


def test_wrong_usage_asks_nothing(invoke, admin):
    assert invoke("security-events", "--since", "soon").exit_code == 2
    assert admin.asked == []
