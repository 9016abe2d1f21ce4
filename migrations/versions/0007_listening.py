"""Sources, mentions, authors, contacts and stories."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("organisation_id", sa.String(length=24), nullable=True),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_contact_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("person_id", name=op.f("uq_contact_person_id")),
    )
    op.create_table(
        "author",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("handle", sa.String(length=200), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("contact_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_author_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
        sa.UniqueConstraint("place", "handle", name=op.f("uq_author_place_handle")),
    )
    op.create_index("ix_author_contact_id", "author", ["contact_id"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("cursor", sa.JSON(), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("interval", sa.Integer(), nullable=False),
        sa.Column("health", sa.String(length=10), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=24), nullable=True),
        sa.CheckConstraint("health in ('new', 'good', 'failing', 'gone', 'paused')", name=op.f("ck_source_health")),
        sa.CheckConstraint("kind in ('feed', 'file', 'heard')", name=op.f("ck_source_kind")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_source_created_by")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_source_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
    )
    op.create_index("ix_source_space_id", "source", ["space_id"], unique=False)
    op.create_table(
        "story",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("said_by", sa.Integer(), nullable=False),
        sa.Column("led_to", sa.String(length=10), nullable=False),
        sa.Column("department_id", sa.String(length=24), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(led_to = 'department') = (department_id is not null)", name=op.f("ck_story_department")),
        sa.CheckConstraint("led_to in ('department', 'triage', 'aside')", name=op.f("ck_story_led_to")),
        sa.ForeignKeyConstraint(["department_id"], ["groups.id"], name=op.f("fk_story_department_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_story_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_story")),
        sa.UniqueConstraint("id", "space_id", name=op.f("uq_story_id_space_id")),
    )
    op.create_index("ix_story_fingerprint", "story", ["fingerprint", "space_id"], unique=False)
    op.create_index("ix_story_led_to", "story", ["led_to", "space_id", "heard_at"], unique=False)
    op.create_index("ix_story_space_id", "story", ["space_id", "heard_at"], unique=False)
    op.create_table(
        "mention",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("source_id", sa.String(length=24), nullable=False),
        sa.Column("external_id", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.String(length=24), nullable=False),
        sa.Column("story_id", sa.String(length=24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.String(length=24), nullable=True),
        sa.Column("heard_by", sa.String(length=10), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("heard_by in ('', 'call', 'visit', 'mail', 'link')", name=op.f("ck_mention_heard_by")),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"], name=op.f("fk_mention_author_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["person.id"], name=op.f("fk_mention_recorded_by")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_mention_source_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_mention_space_id")),
        sa.ForeignKeyConstraint(
            ["story_id", "space_id"],
            ["story.id", "story.space_id"],
            name=op.f("fk_mention_story_id_space_id"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mention")),
        sa.UniqueConstraint("id", "space_id", name=op.f("uq_mention_id_space_id")),
        sa.UniqueConstraint("source_id", "external_id", name=op.f("uq_mention_source_id_external_id")),
    )
    op.create_index("ix_mention_author_id", "mention", ["author_id"], unique=False)
    op.create_index("ix_mention_space_id", "mention", ["space_id", "heard_at"], unique=False)
    op.create_index("ix_mention_story_id", "mention", ["story_id"], unique=False)
    op.create_table(
        "answered",
        sa.Column("mention_id", sa.String(length=24), nullable=False),
        sa.Column("department_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["groups.id"], name=op.f("fk_answered_department_id")),
        sa.ForeignKeyConstraint(
            ["mention_id", "space_id"],
            ["mention.id", "mention.space_id"],
            name=op.f("fk_answered_mention_id_space_id"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mention_id", "department_id", name=op.f("pk_answered")),
    )
    op.create_index("ix_answered_space_id", "answered", ["space_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_answered_space_id", table_name="answered")
    op.drop_table("answered")
    op.drop_index("ix_mention_author_id", table_name="mention")
    op.drop_index("ix_mention_space_id", table_name="mention")
    op.drop_index("ix_mention_story_id", table_name="mention")
    op.drop_table("mention")
    op.drop_index("ix_story_fingerprint", table_name="story")
    op.drop_index("ix_story_space_id", table_name="story")
    op.drop_table("story")
    op.drop_index("ix_source_space_id", table_name="source")
    op.drop_table("source")
    op.drop_index("ix_author_contact_id", table_name="author")
    op.drop_table("author")
    op.drop_table("contact")
