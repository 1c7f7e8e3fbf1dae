"""`switchboard config`."""

import json

from broker.config import json_schema


def test_the_schema_is_the_one_of_the_models(invoke):
    assert json.loads(invoke("config", "schema").stdout) == json_schema()


def test_the_schema_can_go_to_a_file(invoke, tmp_path):
    done = invoke("config", "schema", "-o", "s.json")
    assert (done.exit_code, done.stdout) == (0, "")
    assert json.loads((tmp_path / "s.json").read_text()) == json_schema()


def test_a_file_that_cannot_be_written_is_told(invoke):
    done = invoke("config", "schema", "-o", "no/such/folder/s.json")
    assert done.exit_code == 1
    assert "cannot write no/such/folder/s.json" in done.stderr
