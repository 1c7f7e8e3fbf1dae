"""What OCPP 2.x has beyond 1.6: characteristics of variables, more of a token, events of stations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """New columns, which the rows of before get empty, and a new table."""
    op.add_column("variable", _details("details"))
    op.add_column("token", sa.Column("language2", sa.String))
    op.add_column("token", sa.Column("message", sa.String))
    op.add_column("token", _details("evses"))
    op.add_column("token", sa.Column("priority", sa.BigInteger))
    op.add_column("token", sa.Column("credit", sa.Float))
    op.add_column("token", sa.Column("tariff", sa.String))
    op.create_table(
        "station_event",
        sa.Column("id", _NUMBER, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("identity", "component", "variable")),
        sa.Column("at", sa.Float),
        sa.Column("received_at", sa.Float, nullable=False),
        sa.Column("value", sa.String, nullable=False),
        sa.Column("details", sa.LargeBinary, nullable=False),
        sa.Column("digest", sa.BigInteger, nullable=False),
    )
    op.create_index("station_event_once", "station_event", ["identity", "digest"], unique=True)
    op.create_index("station_event_received", "station_event", ["received_at"])


def _details(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary, nullable=False, server_default=sa.text("x'7b7d'"))  # {}
