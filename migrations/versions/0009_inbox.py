"""Cases."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox_case",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("department_id", sa.String(length=24), nullable=False),
        sa.Column("story_id", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.String(length=24), nullable=True),
        sa.Column("outcome", sa.String(length=15), nullable=True),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sent_to_id", sa.String(length=24), nullable=True),
        sa.Column("came_from_id", sa.String(length=24), nullable=True),
        sa.Column("route_id", sa.String(length=24), nullable=True),
        sa.Column("discussion_id", sa.String(length=24), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_answer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'resolved') = (outcome is not null)", name=op.f("ck_inbox_case_resolved_has_an_outcome")
        ),
        sa.CheckConstraint(
            "outcome is null or outcome in ('answered', 'fixed', 'learned', 'thanked', 'nothing_to_do')",
            name=op.f("ck_inbox_case_outcome"),
        ),
        sa.CheckConstraint("state <> 'dismissed' or reason <> ''", name=op.f("ck_inbox_case_dismissed_has_a_reason")),
        sa.CheckConstraint(
            "state in ('new', 'claimed', 'waiting', 'resolved', 'dismissed', 'sent_on')",
            name=op.f("ck_inbox_case_state"),
        ),
        sa.CheckConstraint(
            "state not in ('claimed', 'waiting') or owner_id is not null",
            name=op.f("ck_inbox_case_claimed_has_an_owner"),
        ),
        sa.ForeignKeyConstraint(
            ["came_from_id"], ["inbox_case.id"], name=op.f("fk_inbox_case_came_from_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["department_id"], ["groups.id"], name=op.f("fk_inbox_case_department_id")),
        sa.ForeignKeyConstraint(
            ["discussion_id"], ["post.id"], name=op.f("fk_inbox_case_discussion_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_inbox_case_owner_id")),
        sa.ForeignKeyConstraint(["sent_to_id"], ["groups.id"], name=op.f("fk_inbox_case_sent_to_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_inbox_case_space_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_inbox_case_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_case")),
        sa.UniqueConstraint("id", "space_id", name=op.f("uq_inbox_case_id_space_id")),
    )
    op.create_index(
        "uq_inbox_case_open",
        "inbox_case",
        ["space_id", "story_id"],
        unique=True,
        sqlite_where=sa.text("state in ('new', 'claimed', 'waiting')"),
        postgresql_where=sa.text("state in ('new', 'claimed', 'waiting')"),
    )
    op.create_index("ix_inbox_case_discussion_id", "inbox_case", ["discussion_id"], unique=False)
    op.create_index("ix_inbox_case_owner_id", "inbox_case", ["owner_id"], unique=False)
    op.create_index("ix_inbox_case_space_id", "inbox_case", ["space_id", "state", "opened_at"], unique=False)
    op.create_index("ix_inbox_case_story_id", "inbox_case", ["story_id"], unique=False)
    op.create_table(
        "case_answer",
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.Column("mention_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id", "space_id"],
            ["inbox_case.id", "inbox_case.space_id"],
            name=op.f("fk_case_answer_case_id_space_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["mention_id"], ["mention.id"], name=op.f("fk_case_answer_mention_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_answer_person_id")),
        sa.PrimaryKeyConstraint("case_id", "mention_id", name=op.f("pk_case_answer")),
    )
    op.create_index("ix_case_answer_mention_id", "case_answer", ["mention_id"], unique=False)
    op.create_index("ix_case_answer_space_id", "case_answer", ["space_id"], unique=False)
    op.create_table(
        "case_note",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.Column("author_id", sa.String(length=24), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_case_note_author_id")),
        sa.ForeignKeyConstraint(
            ["case_id", "space_id"],
            ["inbox_case.id", "inbox_case.space_id"],
            name=op.f("fk_case_note_case_id_space_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_note")),
    )
    op.create_index("ix_case_note_case_id", "case_note", ["case_id", "at"], unique=False)
    op.create_index("ix_case_note_space_id", "case_note", ["space_id"], unique=False)
    op.create_table(
        "case_step",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("case_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("about_id", sa.String(length=24), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["person.id"], name=op.f("fk_case_step_about_id")),
        sa.ForeignKeyConstraint(
            ["case_id", "space_id"],
            ["inbox_case.id", "inbox_case.space_id"],
            name=op.f("fk_case_step_case_id_space_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_step_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    op.create_index("ix_case_step_case_id", "case_step", ["case_id", "at"], unique=False)
    op.create_index("ix_case_step_space_id", "case_step", ["space_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_case_step_case_id", table_name="case_step")
    op.drop_index("ix_case_step_space_id", table_name="case_step")
    op.drop_table("case_step")
    op.drop_index("ix_case_note_case_id", table_name="case_note")
    op.drop_index("ix_case_note_space_id", table_name="case_note")
    op.drop_table("case_note")
    op.drop_index("ix_case_answer_mention_id", table_name="case_answer")
    op.drop_index("ix_case_answer_space_id", table_name="case_answer")
    op.drop_table("case_answer")
    op.drop_index("ix_inbox_case_owner_id", table_name="inbox_case")
    op.drop_index("ix_inbox_case_discussion_id", table_name="inbox_case")
    op.drop_index("uq_inbox_case_open", table_name="inbox_case")
    op.drop_index("ix_inbox_case_space_id", table_name="inbox_case")
    op.drop_index("ix_inbox_case_story_id", table_name="inbox_case")
    op.drop_table("inbox_case")
