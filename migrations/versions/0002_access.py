"""People, organisations, groups, spaces and who is in them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("tier", sa.String(length=10), nullable=False),
        sa.Column("domains", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("owner_id", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tier in ('', 'bronze', 'silver', 'gold')", name=op.f("ck_organisation_tier")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_organisation_owner_id"), use_alter=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("theme", sa.String(length=10), nullable=False),
        sa.Column("photo_key", sa.String(length=200), nullable=True),
        sa.Column("organisation_id", sa.String(length=24), nullable=True),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind = 'employee' or not is_admin", name=op.f("ck_person_customers_administer_nothing")),
        sa.CheckConstraint("kind in ('employee', 'customer')", name=op.f("ck_person_kind")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_is_lower_case")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_person_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("id", "kind", name=op.f("uq_person_id_kind")),
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("joining", sa.String(length=10), nullable=False),
        sa.Column("department", sa.String(length=20), nullable=True),
        sa.Column("restricted", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=24), nullable=True),
        sa.CheckConstraint(
            "department is null or joining = 'invite'", name=op.f("ck_groups_departments_are_by_invitation")
        ),
        sa.CheckConstraint("joining in ('open', 'request', 'invite')", name=op.f("ck_groups_joining")),
        sa.CheckConstraint("purpose <> ''", name=op.f("ck_groups_has_a_purpose")),
        sa.CheckConstraint(
            "department is not null or not restricted", name=op.f("ck_groups_only_departments_are_restricted")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_groups_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("department", name=op.f("uq_groups_department")),
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("person_kind", sa.String(length=10), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("inbox_right", sa.Boolean(), nullable=False),
        sa.Column("on_duty", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("person_kind = 'employee'", name=op.f("ck_group_member_employees_only")),
        sa.CheckConstraint("role in ('member', 'lead')", name=op.f("ck_group_member_role")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_member_group_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["person_id", "person_kind"],
            ["person.id", "person.kind"],
            name=op.f("fk_group_member_person_id_person_kind"),
        ),
        sa.PrimaryKeyConstraint("group_id", "person_id", name=op.f("pk_group_member")),
    )
    op.create_index("ix_group_member_person_id", "group_member", ["person_id"], unique=False)
    op.create_table(
        "space",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("group_id", sa.String(length=24), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("paired_with", sa.String(length=24), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=24), nullable=True),
        sa.CheckConstraint(
            "(group_id is null) = (kind in ('listening', 'triage', 'aside'))", name=op.f("ck_space_belongs_to_a_group")
        ),
        sa.CheckConstraint(
            "(kind = 'customers') = (audience = 'customers')", name=op.f("ck_space_audience_follows_kind")
        ),
        sa.CheckConstraint("(kind = 'side') = (paired_with is not null)", name=op.f("ck_space_side_is_paired")),
        sa.CheckConstraint("audience in ('internal', 'customers')", name=op.f("ck_space_audience")),
        sa.CheckConstraint(
            "kind in ('team', 'customers', 'side', 'inbox', 'listening', 'triage', 'aside')", name=op.f("ck_space_kind")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_space_created_by")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_space_group_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["paired_with"], ["space.id"], name=op.f("fk_space_paired_with"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint("id", "audience", name=op.f("uq_space_id_audience")),
        sa.UniqueConstraint("paired_with", name=op.f("uq_space_paired_with")),
    )
    op.create_index("ix_space_group_id", "space", ["group_id"], unique=False)
    op.create_table(
        "space_member",
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("person_kind", sa.String(length=10), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sponsor_id", sa.String(length=24), nullable=True),
        sa.Column("renewal_asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("person_kind = 'employee' or audience = 'customers'", name=op.f("ck_space_member_the_wall")),
        sa.CheckConstraint(
            "person_kind = 'employee' or sponsor_id is not null", name=op.f("ck_space_member_customers_have_a_host")
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "person_kind"],
            ["person.id", "person.kind"],
            name=op.f("fk_space_member_person_id_person_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id", "audience"],
            ["space.id", "space.audience"],
            name=op.f("fk_space_member_space_id_audience"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["sponsor_id"], ["person.id"], name=op.f("fk_space_member_sponsor_id")),
        sa.PrimaryKeyConstraint("space_id", "person_id", name=op.f("pk_space_member")),
    )
    op.create_index("ix_space_member_person_id", "space_member", ["person_id", "space_id", "ends_at"], unique=False)
    op.create_table(
        "space_organisation",
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("organisation_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_space_organisation_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("fk_space_organisation_space_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("space_id", "organisation_id", name=op.f("pk_space_organisation")),
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite made it with the table.
        op.create_foreign_key("fk_organisation_owner_id", "organisation", "person", ["owner_id"], ["id"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_organisation_owner_id", "organisation", type_="foreignkey")
    op.drop_table("space_organisation")
    op.drop_index("ix_space_member_person_id", table_name="space_member")
    op.drop_table("space_member")
    op.drop_index("ix_space_group_id", table_name="space")
    op.drop_table("space")
    op.drop_index("ix_group_member_person_id", table_name="group_member")
    op.drop_table("group_member")
    op.drop_table("groups")
    op.drop_table("person")
    op.drop_table("organisation")
