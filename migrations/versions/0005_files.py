"""Uploaded files, and where they are used."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "file",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("owner_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unused_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_file_owner_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_file_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file")),
        sa.UniqueConstraint("id", "space_id", name=op.f("uq_file_id_space_id")),
    )
    op.create_index("ix_file_space_id", "file", ["space_id", "created_at"], unique=False)
    op.create_index("ix_file_unused_since", "file", ["unused_since"], unique=False)
    op.create_table(
        "file_use",
        sa.Column("file_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("comment_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id", "space_id"], ["file.id", "file.space_id"], name=op.f("fk_file_use_file_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "post_id", "comment_id", name=op.f("pk_file_use")),
    )
    op.create_index("ix_file_use_space_id", "file_use", ["space_id"], unique=False)
    op.create_index("ix_file_use_post_id", "file_use", ["post_id", "comment_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_file_use_post_id", table_name="file_use")
    op.drop_index("ix_file_use_space_id", table_name="file_use")
    op.drop_table("file_use")
    op.drop_index("ix_file_unused_since", table_name="file")
    op.drop_index("ix_file_space_id", table_name="file")
    op.drop_table("file")
