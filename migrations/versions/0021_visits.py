"""The day on which somebody was last in a space, in place of the moment they were last anywhere in the portal."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("space_member", sa.Column("visited_on", sa.Date()))
    with op.batch_alter_table("person") as person:
        person.drop_column("last_visit_at")


def downgrade() -> None:
    op.add_column("person", sa.Column("last_visit_at", sa.DateTime(timezone=True)))
    with op.batch_alter_table("space_member") as member:
        member.drop_column("visited_on")
