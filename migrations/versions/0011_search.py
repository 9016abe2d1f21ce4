"""The search index."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "search_document",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("fk_search_document_space_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_document")),
        sa.UniqueConstraint("kind", "target_id", name=op.f("uq_search_document_kind_target_id")),
    )
    op.create_index("ix_search_document_space_id", "search_document", ["space_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_search_document_space_id", table_name="search_document")
    op.drop_table("search_document")
