"""The options that several commands share come from the environment too."""


def test_the_token_comes_from_the_environment(invoke, admin, monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_TOKEN", "from-env")
    invoke("stations", "list")
    assert admin.asked[0]["authorization"] == "Bearer from-env"


def test_the_token_file_comes_from_the_environment(invoke, admin, monkeypatch, tmp_path):
    (tmp_path / "t").write_text("from-file\n")
    monkeypatch.setenv("SWITCHBOARD_TOKEN_FILE", str(tmp_path / "t"))
    invoke("stations", "list")
    assert admin.asked[0]["authorization"] == "Bearer from-file"


def test_the_help_never_shows_a_token(invoke, monkeypatch):
    monkeypatch.setenv("SWITCHBOARD_TOKEN", "s3cr3t")
    assert "s3cr3t" not in invoke("call", "--help").stdout


def test_the_configuration_comes_from_the_environment(invoke, monkeypatch, tmp_path):
    (tmp_path / "sb.yaml").write_text("lisners: 3")
    monkeypatch.setenv("SWITCHBOARD_CONFIG", "sb.yaml")
    assert "lisners" in invoke("check").stderr
