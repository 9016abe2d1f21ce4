"""Access in an emergency: its natural end is told once, and it opens the group's own spaces alone.

Of what the whole company heard, it shows that about which the group has a case. So the second lock on PostgreSQL lets
those rows through one by one, where it opened the space of all that was heard before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ME = "(select nullif(current_setting('app.viewer', true), ''))"
STORIES = "any ((select heard_in_an_emergency())::varchar[])"

MY_SPACES = """
create or replace function my_spaces() returns varchar[] language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare known text := current_setting('app.spaces', true);
begin
  if known is null or known = '' then
    known := array(
      select space_id from public.space_member
      where person_id = nullif(current_setting('app.viewer', true), '') and ends_at > statement_timestamp()
      union
      select space.id from public.emergency_access
      join public.space on space.group_id = emergency_access.group_id
        %s
      where emergency_access.person_id = nullif(current_setting('app.viewer', true), '')
        and emergency_access.ends_at > statement_timestamp()
        and current_setting('transaction_read_only') = 'on'
        and public.i_administer()
    )::text;
    perform set_config('app.spaces', known, true);
  end if;
  return known::varchar[];
end $$
"""

ALL_THAT_WAS_HEARD = """
        or space.kind = 'listening'
        and emergency_access.group_id in (select id from public.groups where department is not null)
"""

HEARD = """
create function heard_in_an_emergency() returns varchar[] language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('transaction_read_only') <> 'on' or not public.i_administer() then
    return '{}';
  end if;
  return array(
    select distinct story.id from public.emergency_access
    join public.inbox_case on inbox_case.department_id = emergency_access.group_id and inbox_case.state <> 'sent_on'
    join public.story on story.id = inbox_case.story_id
    join public.space on space.id = story.space_id and space.kind <> 'inbox'
    where emergency_access.person_id = nullif(current_setting('app.viewer', true), '')
      and emergency_access.ends_at > statement_timestamp()
  );
end $$
"""
"""What is private or a restricted department's lies in an inbox, and is seen as that inbox is."""

SEEN = {
    "story": f"id = {STORIES}",
    "mention": f"story_id = {STORIES}",
    "answered": f"mention_id in (select id from mention where story_id = {STORIES})",
}


def upgrade() -> None:
    op.add_column("emergency_access", sa.Column("is_over", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("emergency_access") as access:
        access.alter_column("is_over", server_default=None)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(MY_SPACES % "")
        op.execute(HEARD)
        for table, condition in SEEN.items():
            op.execute(
                f"create policy heard_in_an_emergency on {table} for select using ({ME} is not null and {condition})"
            )
        for table in ("inbox_case", "story"):
            op.execute(f"create policy {table}_for_emergencies on {table} for select to current_user using (true)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in ("inbox_case", "story"):
            op.execute(f"drop policy {table}_for_emergencies on {table}")
        for table in SEEN:
            op.execute(f"drop policy heard_in_an_emergency on {table}")
        op.execute("drop function heard_in_an_emergency()")
        op.execute(MY_SPACES % ALL_THAT_WAS_HEARD)
    with op.batch_alter_table("emergency_access") as access:
        access.drop_column("is_over")
