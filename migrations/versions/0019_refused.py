"""Since when a provider refuses to speak for somebody: they then have no way in here either."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("vouch", sa.Column("refused_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("vouch") as vouch:
        vouch.drop_column("refused_at")
