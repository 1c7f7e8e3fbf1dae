"""`switchboard plugins`."""

import json
import subprocess
import sys

ROW = {"name": "ocpp16.core", "on_error": "skip", "summary": "Core.", "stats": {"calls": 7, "errors": 1}}


def test_the_list_is_what_the_configuration_loads(invoke, tmp_path):
    assert "ocpp16.core" in invoke("plugins", "list").stdout
    (tmp_path / "sb.yaml").write_text("plugins: [ocpp201.provisioning]\n")
    names = [row["name"] for row in json.loads(invoke("plugins", "list", "-c", "sb.yaml", "--json").stdout)]
    assert names == ["ocpp201.provisioning"]


def test_the_running_broker_tells_its_counts(invoke, admin):
    admin.answers["GET", "/api/v1/plugins"] = (200, {"plugins": [ROW]})
    lines = invoke("plugins", "list", "--running").stdout.splitlines()
    assert lines[0].split() == ["PLUGIN", "ON", "ERROR", "CALLS", "ERRORS", "SUMMARY"]
    assert lines[1].split() == ["ocpp16.core", "skip", "7", "1", "Core."]
    assert "stats       calls: 7" in invoke("plugins", "show", "ocpp16.core", "--running").stdout


def test_one_plugin_with_what_it_handles(invoke):
    shown = invoke("plugins", "show", "ocpp16.core").stdout
    assert "answer      ocpp1.6 Heartbeat (from_station)" in shown
    assert "stats" not in shown
    assert json.loads(invoke("plugins", "show", "ocpp16.core", "--json").stdout)["name"] == "ocpp16.core"


def test_an_unknown_plugin_is_told_with_the_known_ones(invoke):
    done = invoke("plugins", "show", "nope")
    assert done.exit_code == 2
    assert "no plugin nope" in done.stderr
    assert "ocpp16.core" in done.stderr


def test_chains_tell_who_handles_an_action(invoke):
    done = invoke("plugins", "chains", "Heartbeat", "--version", "1.6")
    assert done.stdout.splitlines()[1].split() == [
        "ocpp1.6", "from_station", "Heartbeat", "answer:", "ocpp16.core.heartbeat",
    ]  # fmt: skip
    found = json.loads(invoke("plugins", "chains", "Heartbeat", "--json").stdout)
    assert [len(rows) for rows in found.values()] == [1, 1, 1]
    assert "no handler of Fly" in invoke("plugins", "chains", "Fly").stderr


def test_plugins_that_do_not_load_are_told(invoke, tmp_path):
    (tmp_path / "sb.yaml").write_text("plugins: [nope]\n")
    done = invoke("plugins", "list", "-c", "sb.yaml")
    assert done.exit_code == 2
    assert "plugins[0]" in done.stderr


def test_a_new_plugin_works_and_so_does_its_test(invoke, tmp_path):
    done = invoke("plugins", "new", "vendor-names")
    assert done.exit_code == 0
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "my_plugins"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "2 passed" in run.stdout, run.stdout + run.stderr
    (tmp_path / "sb.yaml").write_text("plugin_dirs: [./my_plugins]\nplugins: [vendor_names]\n")
    assert "vendor_names" in invoke("plugins", "list", "-c", "sb.yaml").stdout


def test_a_scaffold_overwrites_nothing_by_itself(invoke, tmp_path):
    invoke("plugins", "new", "mine")
    (tmp_path / "my_plugins" / "mine.py").write_text("precious")
    assert invoke("plugins", "new", "mine").exit_code == 2
    assert (tmp_path / "my_plugins" / "mine.py").read_text() == "precious"
    assert invoke("plugins", "new", "mine", "--force").exit_code == 0


def test_a_name_that_is_none_is_refused(invoke):
    assert invoke("plugins", "new", "9 lives").exit_code == 2
