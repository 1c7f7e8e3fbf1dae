"""`switchboard files`."""

import json

import pytest

PATH = "/api/v1/files"
ID = "018bcfe56800-0123456789abcdef"
ROW = {
    "id": ID, "identity": "CP1", "purpose": "diagnostics", "name": "../\x1b[2Jlog.txt", "bytes": 5,
    "at": "2026-01-01T00:00:00.000Z",
}  # fmt: skip


def test_the_list_has_one_line_a_file(invoke, admin):
    admin.answers["GET", PATH] = (200, {"files": [ROW], "next": ID})
    done = invoke("files", "list", "--identity", "CP1", "--purpose", "log", "--after", "a", "--limit", 1)
    assert admin.asked[0]["query"] == "identity=CP1&purpose=log&after=a&limit=1"
    heading, row = done.stdout.splitlines()
    assert heading.split() == ["ID", "IDENTITY", "PURPOSE", "NAME", "BYTES", "AT"]
    assert row.split() == [ID, "CP1", "diagnostics", "../\\x1b[2Jlog.txt", "5", "2026-01-01T00:00:00.000Z"]
    assert done.stderr == f"there are more: --after {ID}\n"


def test_none_is_said(invoke, admin):
    admin.answers["GET", PATH] = (200, {"files": []})
    assert invoke("files", "list").stdout == "no files\n"
    assert json.loads(invoke("files", "list", "--json").stdout) == {"files": []}
    assert admin.asked[0]["query"] == "limit=100"


@pytest.fixture
def content(admin):
    data = bytes(range(256)) * 1000
    admin.answers["GET", f"{PATH}/{ID}"] = (200, data)
    return data


def test_a_file_is_written_under_its_id(invoke, content, tmp_path):
    done = invoke("files", "get", ID)
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", f"{ID}: {len(content)} bytes\n")
    assert [path.name for path in tmp_path.iterdir()] == [ID]
    assert (tmp_path / ID).read_bytes() == content


def test_or_under_another_name(invoke, content, tmp_path):
    assert invoke("files", "get", ID, "-o", "diag.zip").exit_code == 0
    assert (tmp_path / "diag.zip").read_bytes() == content


def test_or_to_standard_output(invoke, content, tmp_path):
    done = invoke("files", "get", ID, "-o", "-")
    assert (done.stdout_bytes, done.stderr) == (content, "")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over_unless_it_is_said(invoke, admin, content, tmp_path):
    (tmp_path / "mine").write_text("mine")
    done = invoke("files", "get", ID, "-o", "mine")
    assert (done.exit_code, admin.asked) == (2, [])
    assert (tmp_path / "mine").read_text() == "mine"
    assert invoke("files", "get", ID, "-o", "mine", "--force").exit_code == 0
    assert (tmp_path / "mine").read_bytes() == content


@pytest.mark.parametrize("number", ["../../etc/passwd", ".", "..", ".bashrc", "a/b"])
def test_what_can_be_no_id_names_no_file(invoke, admin, number):
    done = invoke("files", "get", number)
    assert (done.exit_code, admin.asked) == (2, [])


def test_a_failure_leaves_what_was_there(invoke, tmp_path):
    (tmp_path / "mine").write_text("mine")
    done = invoke("files", "get", ID, "-o", "mine", "--force")
    assert done.exit_code == 1
    assert "no path (HTTP 404)" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_that_is_not_there_is_said(invoke, content):
    done = invoke("files", "get", ID, "-o", "none/mine")
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        1,
        "error: cannot write none/mine: No such file or directory",
    )


def test_deleting_takes_a_yes(invoke, admin):
    admin.answers["DELETE", f"{PATH}/{ID}"] = (200, {"status": "deleted"})
    done = invoke("files", "delete", ID, input="")
    assert (done.exit_code, admin.asked) == (2, [])
    assert f"Delete the file {ID} for good?" in done.stderr
    assert invoke("files", "delete", ID, "--yes").stdout == "deleted\n"
    assert json.loads(invoke("files", "delete", ID, "-y", "--json").stdout) == {"status": "deleted"}
    assert [asked["method"] for asked in admin.asked] == ["DELETE", "DELETE"]


def test_a_refusal_is_a_failure(invoke):
    assert invoke("files", "delete", ID, "--yes").exit_code == 1
