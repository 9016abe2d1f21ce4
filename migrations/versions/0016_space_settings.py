"""What the customers of a space may do and see of each other, co-hosts, asking a colleague in, pinned threads, the day
of the last visit, and access in an emergency, which the second lock on PostgreSQL takes into account."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

SETTINGS = {
    "shows_addresses": sa.false(),
    "first_names_only": sa.false(),
    "customers_ask_colleagues_in": sa.false(),
    "customers_upload": sa.true(),
    "customers_download": sa.true(),
}

SYSTEM = "(select current_setting('app.viewer', true)) = 'system'"
ME = "(select nullif(current_setting('app.viewer', true), ''))"
MINE = "= any ((select my_spaces())::varchar[])"

MY_SPACES = """
create or replace function my_spaces() returns varchar[] language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare known text := current_setting('app.spaces', true);
begin
  if known is null or known = '' then
    known := array(
      select space_id from public.space_member
      where person_id = nullif(current_setting('app.viewer', true), '') and ends_at > statement_timestamp()
      %s
    )::text;
    perform set_config('app.spaces', known, true);
  end if;
  return known::varchar[];
end $$
"""

IN_AN_EMERGENCY = """
      union
      select space.id from public.emergency_access
      join public.space on space.group_id = emergency_access.group_id
        or space.kind = 'listening'
        and emergency_access.group_id in (select id from public.groups where department is not null)
      where emergency_access.person_id = nullif(current_setting('app.viewer', true), '')
        and emergency_access.ends_at > statement_timestamp()
        and current_setting('transaction_read_only') = 'on'
        and public.i_administer()
"""
"""Who reads a group in an emergency writes nothing there: where a transaction may write, its spaces are not theirs."""

FORGET = """
create trigger emergency_access_changed after insert or update or delete on emergency_access
for each statement execute function forget_my_spaces()
"""


def upgrade() -> None:
    for name, default in SETTINGS.items():
        op.add_column("space", sa.Column(name, sa.Boolean(), nullable=False, server_default=default))
    op.add_column("space_member", sa.Column("visited_on", sa.Date()))
    with op.batch_alter_table("space") as space:
        for name in SETTINGS:
            space.alter_column(name, server_default=None)
    with op.batch_alter_table("space_member") as member:
        member.add_column(sa.Column("is_cohost", sa.Boolean(), nullable=False, server_default=sa.false()))
        member.create_check_constraint(
            op.f("ck_space_member_cohosts_are_customers"), "person_kind = 'customer' or not is_cohost"
        )
    with op.batch_alter_table("space_member") as member:
        member.alter_column("is_cohost", server_default=None)
    op.create_index(
        "ix_post_pinned",
        "post",
        ["space_id"],
        sqlite_where=sa.text("pinned_at IS NOT NULL"),
        postgresql_where=sa.text("pinned_at IS NOT NULL"),
    )
    _create_colleague_request()
    _create_emergency_access()
    if op.get_bind().dialect.name == "postgresql":
        _lock("colleague_request", f"person_id = {ME} or space_id {MINE}")
        mine_alone = f"person_id = {ME} and (select i_administer()) or space_id {MINE}"
        _lock("emergency_access", f"person_id = {ME} or space_id {MINE}", mine_alone)
        op.execute(
            "create policy emergencies_for_my_spaces on emergency_access for select to current_user using (true)"
        )
        op.execute("create policy spaces_for_my_spaces on space for select to current_user using (true)")
        op.execute(MY_SPACES % IN_AN_EMERGENCY)
        op.execute(FORGET)


def _create_colleague_request() -> None:
    op.create_table(
        "colleague_request",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("customer_space_id", sa.String(length=24), nullable=False),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_by", sa.String(length=24), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audience = 'customers'", name=op.f("ck_colleague_request_is_about_a_customer_space")),
        sa.CheckConstraint("answer in ('', 'approved', 'declined')", name=op.f("ck_colleague_request_answer")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_colleague_request_email_is_lower_case")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_colleague_request_answered_by")),
        sa.ForeignKeyConstraint(
            ["customer_space_id", "audience"],
            ["space.id", "space.audience"],
            name=op.f("fk_colleague_request_customer_space_id_audience"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_colleague_request_person_id")),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("fk_colleague_request_space_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleague_request")),
    )
    op.create_index("ix_colleague_request_space_id", "colleague_request", ["space_id"])
    op.create_index("ix_colleague_request_person_id", "colleague_request", ["person_id"])
    op.create_index(
        "ix_colleague_request_one_open",
        "colleague_request",
        ["customer_space_id", "person_id", "email"],
        unique=True,
        sqlite_where=sa.text("answer = ''"),
        postgresql_where=sa.text("answer = ''"),
    )


def _create_emergency_access() -> None:
    op.create_table(
        "emergency_access",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("group_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("person_kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by", sa.String(length=24), nullable=True),
        sa.Column("is_over", sa.Boolean(), nullable=False),
        sa.CheckConstraint("person_kind = 'employee'", name=op.f("ck_emergency_access_employees_only")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_emergency_access_has_a_reason")),
        sa.CheckConstraint("ends_at >= began_at", name=op.f("ck_emergency_access_ends_after_it_began")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_emergency_access_ended_by")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_emergency_access_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id", "person_kind"],
            ["person.id", "person.kind"],
            name=op.f("fk_emergency_access_person_id_person_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("fk_emergency_access_space_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_access")),
    )
    op.create_index("ix_emergency_access_person_id", "emergency_access", ["person_id", "ends_at"])
    op.create_index("ix_emergency_access_space_id", "emergency_access", ["space_id", "ends_at"])
    op.create_index("ix_emergency_access_group_id", "emergency_access", ["group_id"])


def _lock(table: str, seen: str, written: str | None = None) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(
        f"create policy the_wall on {table} using ({SYSTEM} or {seen}) with check ({SYSTEM} or {written or seen})"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(MY_SPACES % "")
        op.execute("drop policy spaces_for_my_spaces on space")
    op.drop_table("emergency_access")
    op.drop_table("colleague_request")
    op.drop_index("ix_post_pinned", "post")
    with op.batch_alter_table("space_member") as member:
        member.drop_constraint(op.f("ck_space_member_cohosts_are_customers"), type_="check")
        member.drop_column("is_cohost")
        member.drop_column("visited_on")
    with op.batch_alter_table("space") as space:
        for name in SETTINGS:
            space.drop_column(name)
