"""Notices and what people want to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_wish",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("wants_mail", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("unsubscribe_token", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_wish_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_wish")),
        sa.UniqueConstraint("unsubscribe_token", name=op.f("uq_mail_wish_unsubscribe_token")),
    )
    op.create_table(
        "follow",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.CheckConstraint("level in ('all', 'questions', 'me', 'nothing')", name=op.f("ck_follow_level")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_follow_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_follow_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "space_id", name=op.f("pk_follow")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=True),
        sa.Column("post_id", sa.String(length=24), nullable=True),
        sa.Column("comment_id", sa.String(length=24), nullable=True),
        sa.Column("case_id", sa.String(length=24), nullable=True),
        sa.Column("actor_id", sa.String(length=24), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["person.id"], name=op.f("fk_notice_actor_id")),
        sa.ForeignKeyConstraint(["case_id"], ["inbox_case.id"], name=op.f("fk_notice_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_notice_comment_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_notice_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_notice_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index("ix_notice_mail_at", "notice", ["mail_at"], unique=False)
    op.create_index("ix_notice_person_id", "notice", ["person_id", "at"], unique=False)
    op.create_index("ix_notice_space_id", "notice", ["space_id"], unique=False)
    op.create_index(
        "ix_notice_unseen",
        "notice",
        ["person_id", "space_id"],
        unique=False,
        sqlite_where=sa.column("seen_at").is_(None),
        postgresql_where=sa.column("seen_at").is_(None),
    )


def downgrade() -> None:
    op.drop_index("ix_notice_mail_at", table_name="notice")
    op.drop_index("ix_notice_person_id", table_name="notice")
    op.drop_index("ix_notice_unseen", table_name="notice")
    op.drop_index("ix_notice_space_id", table_name="notice")
    op.drop_table("notice")
    op.drop_table("follow")
    op.drop_table("mail_wish")
