"""The life of a customer: looking as they do, domains, reminders, deputies, terms, and leaving their company."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deputy",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("deputy_id", sa.String(length=24), nullable=False),
        sa.Column("away_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("person_id <> deputy_id", name=op.f("ck_deputy_somebody_else")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_deputy_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["deputy_id"], ["person.id"], name=op.f("fk_deputy_deputy_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_deputy")),
    )
    op.create_index("ix_deputy_deputy_id", "deputy", ["deputy_id"], unique=False)
    op.create_table(
        "terms",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=24), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_terms_set_by"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_terms")),
    )
    op.create_table(
        "acceptance",
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_acceptance_person_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version"], ["terms.version"], name=op.f("fk_acceptance_version")),
        sa.PrimaryKeyConstraint("person_id", "version", name=op.f("pk_acceptance")),
    )
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("only_its_domains", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_check_constraint(
            op.f("ck_organisation_only_domains_it_has"), "domains <> '' or not only_its_domains"
        )
    with op.batch_alter_table("organisation") as table:
        table.alter_column("only_its_domains", server_default=None)
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("left_at", sa.DateTime(timezone=True), nullable=True))
        table.create_check_constraint(
            op.f("ck_person_who_left_is_ended"), "left_at is null or deactivated_at is not null"
        )
    with op.batch_alter_table("invitation") as table:
        table.add_column(sa.Column("reminder_token", sa.String(length=64), nullable=True))
        table.add_column(sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
        table.create_unique_constraint(op.f("uq_invitation_reminder_token"), ["reminder_token"])
    with op.batch_alter_table("sign_in_session") as table:
        table.add_column(sa.Column("as_person_id", sa.String(length=24), nullable=True))
        table.add_column(sa.Column("as_space_id", sa.String(length=24), nullable=True))
        table.add_column(sa.Column("as_until", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(
            op.f("fk_sign_in_session_as_person_id"), "person", ["as_person_id"], ["id"], ondelete="SET NULL"
        )
        table.create_foreign_key(
            op.f("fk_sign_in_session_as_space_id"), "space", ["as_space_id"], ["id"], ondelete="SET NULL"
        )
    op.add_column("mail", sa.Column("true_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("mail") as table:
        table.drop_column("true_until")
    with op.batch_alter_table("sign_in_session") as table:
        table.drop_constraint(op.f("fk_sign_in_session_as_space_id"), type_="foreignkey")
        table.drop_constraint(op.f("fk_sign_in_session_as_person_id"), type_="foreignkey")
        for column in ("as_until", "as_space_id", "as_person_id"):
            table.drop_column(column)
    with op.batch_alter_table("invitation") as table:
        table.drop_constraint(op.f("uq_invitation_reminder_token"), type_="unique")
        table.drop_column("reminded_at")
        table.drop_column("reminder_token")
    with op.batch_alter_table("person") as table:
        table.drop_constraint(op.f("ck_person_who_left_is_ended"), type_="check")
        table.drop_column("left_at")
    with op.batch_alter_table("organisation") as table:
        table.drop_constraint(op.f("ck_organisation_only_domains_it_has"), type_="check")
        table.drop_column("only_its_domains")
    op.drop_table("acceptance")
    op.drop_table("terms")
    op.drop_index("ix_deputy_deputy_id", table_name="deputy")
    op.drop_table("deputy")
