"""Signing in at OpenID Connect providers: their word for people, their sessions, and who is on the way there."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "vouch",
        sa.Column("credential_id", sa.String(length=24), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_vouch_credential_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_vouch")),
    )
    op.create_index("ix_vouch_next_at", "vouch", ["next_at"], unique=False)
    op.create_table(
        "provider_session",
        sa.Column("session_id", sa.String(length=24), nullable=False),
        sa.Column("credential_id", sa.String(length=24), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("id_token", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sign_in_session.id"], name=op.f("fk_provider_session_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credential.id"], name=op.f("fk_provider_session_credential_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_provider_session")),
    )
    op.create_index("ix_provider_session_credential_id", "provider_session", ["credential_id"], unique=False)
    op.create_table(
        "provider_attempt",
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("browser", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=30), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("verifier", sa.String(length=128), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=True),
        sa.Column("next", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_provider_attempt_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_provider_attempt")),
    )


def downgrade() -> None:
    op.drop_table("provider_attempt")
    op.drop_index("ix_provider_session_credential_id", table_name="provider_session")
    op.drop_table("provider_session")
    op.drop_index("ix_vouch_next_at", table_name="vouch")
    op.drop_table("vouch")
