"""The revision that needs no Alembic at start."""

from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from broker.store import migrate
from broker.store.revision import REVISION


def test_it_is_that_of_the_newest_script():
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [REVISION]
