"""A small run on a real broker process: five SIGKILLs, outages, network faults, disks that refuse."""

import pytest
from chaos_cli import main


@pytest.mark.long
@pytest.mark.timeout(240)
def test_nothing_acknowledged_is_lost_in_a_quick_run(tmp_path, capsys):
    code = main(["--quick", "--keep", str(tmp_path / "run")])
    assert code == 0, capsys.readouterr().out
