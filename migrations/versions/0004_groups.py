"""Asking to join, inviting customers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("customer_space_id", sa.String(length=24), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation_id", sa.String(length=24), nullable=False),
        sa.Column("inviter_id", sa.String(length=24), nullable=False),
        sa.Column("host_id", sa.String(length=24), nullable=False),
        sa.Column("personal_line", sa.Text(), nullable=False),
        sa.Column("membership_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("mail_token", sa.String(length=64), nullable=True),
        sa.Column("proof_token", sa.String(length=64), nullable=True),
        sa.Column("link_secret", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_tries", sa.Integer(), nullable=False),
        sa.Column("codes_sent", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audience = 'customers'", name=op.f("ck_invitation_opens_a_customer_space")),
        sa.CheckConstraint(
            "state in ('open', 'accepted', 'declined', 'withdrawn', 'replaced')", name=op.f("ck_invitation_state")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_invitation_email_is_lower_case")),
        sa.ForeignKeyConstraint(
            ["customer_space_id", "audience"],
            ["space.id", "space.audience"],
            name=op.f("fk_invitation_customer_space_id_audience"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["host_id"], ["person.id"], name=op.f("fk_invitation_host_id")),
        sa.ForeignKeyConstraint(["inviter_id"], ["person.id"], name=op.f("fk_invitation_inviter_id")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_invitation_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("mail_token", name=op.f("uq_invitation_mail_token")),
        sa.UniqueConstraint("proof_token", name=op.f("uq_invitation_proof_token")),
        sa.UniqueConstraint("token", name=op.f("uq_invitation_token")),
    )
    op.create_index("ix_invitation_email", "invitation", ["email"], unique=False)
    op.create_index(
        "ix_invitation_one_open",
        "invitation",
        ["customer_space_id", "email"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_invitation_space_id", "invitation", ["space_id"], unique=False)
    op.create_table(
        "join_request",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("group_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_by", sa.String(length=24), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("answer in ('', 'accepted', 'declined')", name=op.f("ck_join_request_answer")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_join_request_answered_by")),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_join_request_group_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_join_request_person_id")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_join_request_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_request")),
    )
    op.create_index("ix_join_request_person_id", "join_request", ["person_id"], unique=False)
    op.create_index("ix_join_request_space_id", "join_request", ["space_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_join_request_person_id", table_name="join_request")
    op.drop_index("ix_join_request_space_id", table_name="join_request")
    op.drop_table("join_request")
    op.drop_index("ix_invitation_one_open", table_name="invitation")
    op.drop_index("ix_invitation_email", table_name="invitation")
    op.drop_index("ix_invitation_space_id", table_name="invitation")
    op.drop_table("invitation")
