"""Posts, comments and what is personal about them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "place", name=op.f("pk_draft")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("author_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("accepted_comment_id", sa.String(length=24), nullable=True),
        sa.Column("about_id", sa.String(length=24), nullable=True),
        sa.Column("comment_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_author_id", sa.String(length=24), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinned_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'answered') = (accepted_comment_id is not null)", name=op.f("ck_post_answered_means_accepted")
        ),
        sa.CheckConstraint("kind = 'question' or status = ''", name=op.f("ck_post_only_questions_have_a_status")),
        sa.CheckConstraint("kind in ('update', 'question')", name=op.f("ck_post_kind")),
        sa.CheckConstraint("status in ('', 'open', 'answered', 'closed')", name=op.f("ck_post_status")),
        sa.ForeignKeyConstraint(["about_id"], ["post.id"], name=op.f("fk_post_about_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["accepted_comment_id", "id"],
            ["comment.id", "comment.post_id"],
            name="fk_post_accepted_comment_id",
            use_alter=True,
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_post_author_id")),
        sa.ForeignKeyConstraint(["last_author_id"], ["person.id"], name=op.f("fk_post_last_author_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_post_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("id", "space_id", name=op.f("uq_post_id_space_id")),
    )
    op.create_index("ix_post_about_id", "post", ["about_id"], unique=False)
    op.create_index("ix_post_active_at", "post", ["active_at"], unique=False)
    op.create_index("ix_post_author_id", "post", ["author_id"], unique=False)
    op.create_index("ix_post_space_id_active_at", "post", ["space_id", "active_at"], unique=False)
    op.create_table(
        "space_seen",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_through", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_space_seen_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_space_seen_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "space_id", name=op.f("pk_space_seen")),
    )
    op.create_table(
        "comment",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("author_id", sa.String(length=24), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_comment_author_id")),
        sa.ForeignKeyConstraint(
            ["post_id", "space_id"],
            ["post.id", "post.space_id"],
            name=op.f("fk_comment_post_id_space_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sa.UniqueConstraint("id", "post_id", name=op.f("uq_comment_id_post_id")),
        sa.UniqueConstraint("id", "space_id", name=op.f("uq_comment_id_space_id")),
    )
    op.create_index("ix_comment_post_id", "comment", ["post_id", "created_at"], unique=False)
    op.create_index("ix_comment_space_id", "comment", ["space_id"], unique=False)
    op.create_table(
        "naming",
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("comment_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_naming_person_id")),
        sa.ForeignKeyConstraint(
            ["post_id", "space_id"],
            ["post.id", "post.space_id"],
            name=op.f("fk_naming_post_id_space_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", "comment_id", "person_id", name=op.f("pk_naming")),
    )
    op.create_index("ix_naming_space_id", "naming", ["space_id"], unique=False)
    op.create_table(
        "post_seen",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_post_seen_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_seen_post_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "post_id", name=op.f("pk_post_seen")),
    )
    op.create_index("ix_post_seen_post_id", "post_seen", ["post_id"], unique=False)
    op.create_table(
        "thanks",
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("comment_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_thanks_person_id")),
        sa.ForeignKeyConstraint(
            ["post_id", "space_id"],
            ["post.id", "post.space_id"],
            name=op.f("fk_thanks_post_id_space_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", "comment_id", "person_id", name=op.f("pk_thanks")),
    )
    op.create_index("ix_thanks_space_id", "thanks", ["space_id"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("owner_id", sa.String(length=24), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_waiting_owner_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_waiting_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_waiting_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_waiting")),
    )
    op.create_index("ix_waiting_space_id", "waiting", ["space_id", "answered_at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":  # SQLite made them with the tables.
        op.create_foreign_key(
            "fk_post_accepted_comment_id", "post", "comment", ["accepted_comment_id", "id"], ["id", "post_id"]
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_post_accepted_comment_id", "post", type_="foreignkey")
    op.drop_index("ix_waiting_space_id", table_name="waiting")
    op.drop_table("waiting")
    op.drop_index("ix_thanks_space_id", table_name="thanks")
    op.drop_table("thanks")
    op.drop_index("ix_post_seen_post_id", table_name="post_seen")
    op.drop_table("post_seen")
    op.drop_index("ix_naming_space_id", table_name="naming")
    op.drop_table("naming")
    op.drop_index("ix_comment_post_id", table_name="comment")
    op.drop_index("ix_comment_space_id", table_name="comment")
    op.drop_table("comment")
    op.drop_table("space_seen")
    op.drop_index("ix_post_about_id", table_name="post")
    op.drop_index("ix_post_author_id", table_name="post")
    op.drop_index("ix_post_active_at", table_name="post")
    op.drop_index("ix_post_space_id_active_at", table_name="post")
    op.drop_table("post")
    op.drop_table("draft")
