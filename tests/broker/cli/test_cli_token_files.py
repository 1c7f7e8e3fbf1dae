"""`switchboard tokens import` and `export`."""

import csv
import io
import json

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from broker.cli.token_files import COLUMNS, read_rows
from broker.config.tokens import TokenEntry

IMPORT = "/api/v1/tokens/import"
PATH = "/api/v1/tokens"


@pytest.fixture
def file(tmp_path):
    def write(text, name="tokens.csv"):
        (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return tmp_path / name

    return write


@pytest.fixture(autouse=True)
def _takes_all(admin):
    admin.answers["POST", IMPORT] = (200, {"tokens": 1, "imported": 1})


def sent(admin, query=""):
    return [asked["body"] for asked in admin.asked if asked["query"] == query]


def test_the_columns_are_those_of_the_configuration():
    assert list(COLUMNS) == ["id", *TokenEntry.model_fields]


def test_a_csv_file_is_sent_row_by_row_without_what_is_empty(invoke, admin, file):
    done = invoke("tokens", "import", file('id,status,note\r\nA1,Blocked,\r\n\r\nB2,, van "7" \r\n"C,3",Accepted\r\n'))
    assert (done.exit_code, done.stdout) == (0, "imported 3 tokens\n")
    assert sent(admin) == [
        [{"id": "A1", "status": "Blocked"}, {"id": "B2", "note": 'van "7"'}, {"id": "C,3", "status": "Accepted"}]
    ]


def test_semicolons_and_a_byte_order_mark_will_do(invoke, admin, file):
    invoke("tokens", "import", file(b"\xef\xbb\xbfid;status\nA1;Blocked\n"))
    assert sent(admin) == [[{"id": "A1", "status": "Blocked"}]]


def test_a_json_list_is_sent_as_it_is(invoke, admin, file):
    rows = [{"id": "A1"}, {"id": "B2", "status": "Blocked", "note": "ä"}]
    done = invoke("tokens", "import", file(json.dumps(rows), "tokens.json"), "--json")
    assert json.loads(done.stdout) == {"tokens": 2, "imported": 2}
    assert sent(admin) == [rows]


def test_standard_input_is_a_dash(invoke, admin):
    assert invoke("tokens", "import", "-", input="id\nA1\n").exit_code == 0
    assert sent(admin) == [[{"id": "A1"}]]


def test_many_are_checked_first_and_then_sent_by_the_thousand(invoke, admin, file):
    text = "id\n" + "".join(f"T{number}\n" for number in range(2500))
    done = invoke("tokens", "import", file(text))
    assert done.stdout == "imported 2500 tokens\n"
    assert [len(body) for body in sent(admin, "check=true")] == [1000, 1000, 500]
    assert [len(body) for body in sent(admin)] == [1000, 1000, 500]
    assert [asked["query"] for asked in admin.asked] == ["check=true"] * 3 + [""] * 3


def test_long_ones_go_in_smaller_parts_that_the_api_takes(invoke, admin, file):
    text = "id,note\n" + "".join(f"T{number},{'ä' * 255}\n" for number in range(600))
    invoke("tokens", "import", file(text))
    parts = sent(admin)
    assert len(parts) > 1
    assert sum(map(len, parts)) == 600
    assert max(len(json.dumps(part)) for part in parts) < 1024 * 1024


def test_every_fault_has_its_line_and_nothing_is_imported(invoke, admin, file):
    errors = [{"path": "[0].status", "detail": "one of: Accepted"}, {"path": "[1].id", "detail": "1 to 36 characters"}]
    admin.answers["POST", IMPORT] = (422, {"detail": "shape", "errors": errors})
    done = invoke("tokens", "import", file('id,status,note\nA1,Bocked,"two\nlines"\n\nB2,x,\n'))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.splitlines()[:2] == [
        "line 3.status: expected one of: Accepted",
        "line 5.id: expected 1 to 36 characters",
    ]
    assert "nothing was imported: 2 faults" in done.stderr


def test_faults_of_all_parts_are_told_before_any_is_written(invoke, admin, file):
    admin.answers["POST", IMPORT] = (422, {"errors": [{"path": "[0].status", "detail": "another"}]})
    done = invoke("tokens", "import", file("id\n" + "".join(f"T{number}\n" for number in range(1001))))
    assert done.stderr.splitlines()[:2] == ["line 2.status: expected another", "line 1002.status: expected another"]
    assert sent(admin) == []


def test_a_token_twice_is_told_with_both_lines_and_once(invoke, admin, file):
    errors = [{"path": "[1].id", "detail": "each token once, compared without regard to case; [0] has it already"}]
    admin.answers["POST", IMPORT] = (422, {"errors": errors})
    done = invoke("tokens", "import", file("id\nSECRET\nB\nsecret\n"))
    first, second = done.stderr.splitlines()
    assert first == "line 4.id: expected each token once, compared without regard to case; line 2 has it already"
    assert "1 fault" in second
    assert "secret" not in done.stderr.lower()


def test_what_was_imported_before_the_disk_failed_is_told(invoke, admin, file, monkeypatch):
    class Fails(dict):
        def get(self, key, default=None):
            written = len(sent(admin))
            return (503, {"detail": "the disk"}) if written == 2 else (200, {})

    admin.answers = Fails()
    done = invoke("tokens", "import", file("id\n" + "".join(f"T{number}\n" for number in range(1500))))
    assert done.exit_code == 1
    assert "the disk (HTTP 503); imported before that: 1000" in done.stderr


def test_check_writes_nothing(invoke, admin, file):
    done = invoke("tokens", "import", file("id\nA\n"), "--check")
    assert done.stdout == "1 tokens are good\n"
    assert [asked["query"] for asked in admin.asked] == ["check=true"]
    assert json.loads(invoke("tokens", "import", file("id\nA\n"), "--check", "--json").stdout) == {
        "tokens": 1, "imported": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: expected the names"),
        ("id\n", "no tokens"),
        ("[]", "no tokens"),
        ("[{]", "not JSON"),
        ("status\nAccepted\n", "line 1: expected the names"),
        ("id,id\nA,B\n", "line 1: expected the names"),
        ("id,colour\nA,blue\n", "line 1: expected the names"),
        ("id,status\nA,Accepted,more\n", "line 2: expected at most 2 cells"),
        ('id\n"A"B\n', "line 2: "),
        (b"id\n\xff\n", "not UTF-8"),
    ],
)
def test_a_file_that_is_none_is_refused_before_anybody_is_asked(invoke, admin, file, text, told):
    done = invoke("tokens", "import", file(text))
    assert (done.exit_code, admin.asked) == (2, [])
    assert told in done.stderr


def test_a_file_that_is_not_there_is_refused(invoke, tmp_path):
    done = invoke("tokens", "import", tmp_path / "gone.csv")
    assert done.exit_code == 2
    assert "No such file" in done.stderr


# --- export -----------------------------------------------------------------------------------------------------------

TOKENS = [
    {"id": "A1", "status": "Accepted", "note": 'van "7", blue', "source": "api", "updated_at": "2026-01-01T00:00:00Z"},
    {"id": "B2", "status": "Blocked", "evses": {"CP001": [1, 2], "CP002": []}, "credit": 0.0, "source": "file"},
]


def test_export_is_csv_that_import_takes(invoke, admin, file):
    admin.answers["GET", PATH] = (200, {"tokens": TOKENS})
    done = invoke("tokens", "export", "--all", "--status", "Accepted")
    assert done.stdout.splitlines() == [
        ",".join(COLUMNS),
        'A1,Accepted,,,,,"van ""7"", blue",,,,,,,',
        'B2,Blocked,,,,,,,,,"CP001:1,2;CP002:",,0.0,',
    ]
    assert admin.asked[0]["query"] == "status=Accepted&limit=1000"
    invoke("tokens", "import", file(done.stdout))
    assert sent(admin) == [
        [
            {"id": "A1", "status": "Accepted", "note": 'van "7", blue'},
            {"id": "B2", "status": "Blocked", "evses": "CP001:1,2;CP002:", "credit": "0.0"},
        ]
    ]


def test_export_leaves_those_of_the_configuration_out(invoke, admin):
    admin.answers["GET", PATH] = (200, {"tokens": TOKENS})
    assert "B2" not in invoke("tokens", "export").stdout


def test_export_has_those_of_the_configuration_where_it_is_asked_for(invoke, admin):
    admin.answers["GET", PATH] = (200, {"tokens": TOKENS})
    done = invoke("tokens", "export", "--all", "--json")
    assert [row["id"] for row in json.loads(done.stdout)] == ["A1", "B2"]
    assert all(set(row) <= set(COLUMNS) for row in json.loads(done.stdout))


def test_export_goes_through_all_pages(invoke, admin):
    class Pages(dict):
        def get(self, key, default=None):
            after = [asked["query"].rpartition("after=")[2].partition("&")[0] for asked in admin.asked][-1]
            rows = {"": ("A", "B"), "B": ("C", "D"), "D": ("E",)}[after if "after" in admin.asked[-1]["query"] else ""]
            return 200, {"tokens": [{"id": one} for one in rows], **({"next": rows[-1]} if len(rows) == 2 else {})}

    admin.answers = Pages()
    assert invoke("tokens", "export").stdout.split()[1:] == [f"{one},,,,,,,,,,,,," for one in "ABCDE"]


@given(
    st.lists(st.dictionaries(st.sampled_from(COLUMNS[1:]), st.text("ab,;\"\n' ä", min_size=1, max_size=5)), max_size=5)
)
def test_what_is_written_as_csv_is_read_again(rows):
    """Only the space around a cell is lost."""
    written = [{"id": str(number), **row} for number, row in enumerate(rows)]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(written)
    expected = [{key: cell.strip() for key, cell in row.items() if cell.strip()} for row in written]
    if not rows:
        with pytest.raises(typer.Exit):
            read_rows(text.getvalue())
    else:
        assert [row.token for row in read_rows(text.getvalue())] == expected
