"""That access in an emergency reached its end by itself is told once."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("emergency_access", sa.Column("is_over", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("emergency_access") as access:
        access.alter_column("is_over", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("emergency_access") as access:
        access.drop_column("is_over")
