"""Rules, routes and corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("department_id", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_rule_created_by")),
        sa.ForeignKeyConstraint(["department_id"], ["groups.id"], name=op.f("fk_rule_department_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_rule_space_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
    )
    op.create_index("ix_rule_space_id", "rule", ["space_id", "position"], unique=False)
    op.create_table(
        "correction",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("story_id", sa.String(length=24), nullable=True),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_correction_person_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_correction_space_id")),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], name=op.f("fk_correction_story_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index("ix_correction_at", "correction", ["at"], unique=False)
    op.create_index("ix_correction_space_id", "correction", ["space_id"], unique=False)
    op.create_table(
        "route",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("story_id", sa.String(length=24), nullable=False),
        sa.Column("led_to", sa.String(length=10), nullable=False),
        sa.Column("department_id", sa.String(length=24), nullable=True),
        sa.Column("made_by", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("rule_id", sa.String(length=24), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(led_to = 'department') = (department_id is not null)", name=op.f("ck_route_department")),
        sa.CheckConstraint("led_to in ('department', 'triage', 'aside')", name=op.f("ck_route_led_to")),
        sa.CheckConstraint("made_by in ('rule', 'classifier', 'person')", name=op.f("ck_route_made_by")),
        sa.ForeignKeyConstraint(["department_id"], ["groups.id"], name=op.f("fk_route_department_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_route_person_id")),
        sa.ForeignKeyConstraint(["rule_id"], ["rule.id"], name=op.f("fk_route_rule_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["story_id", "space_id"],
            ["story.id", "story.space_id"],
            name=op.f("fk_route_story_id_space_id"),
            onupdate="CASCADE",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_route")),
    )
    op.create_index("ix_route_space_id", "route", ["space_id"], unique=False)
    op.create_index("ix_route_story_id", "route", ["story_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_route_space_id", table_name="route")
    op.drop_index("ix_route_story_id", table_name="route")
    op.drop_table("route")
    op.drop_index("ix_correction_at", table_name="correction")
    op.drop_index("ix_correction_space_id", table_name="correction")
    op.drop_table("correction")
    op.drop_index("ix_rule_space_id", table_name="rule")
    op.drop_table("rule")
