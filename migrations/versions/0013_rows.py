"""On PostgreSQL, the second lock: row-level security on every table whose rows live in a space.

``app.viewer`` is set for each transaction: a person's id, or ``system``. Without it there is nothing to see. A function
of the tables' owner says which spaces are the viewer's; the owner may read memberships for it, everybody else reads
through the lock. https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IN_A_SPACE = (
    "answered",
    "case_answer",
    "case_note",
    "case_step",
    "comment",
    "correction",
    "file",
    "file_use",
    "follow",
    "inbox_case",
    "mention",
    "naming",
    "post",
    "route",
    "search_document",
    "space_organisation",
    "space_seen",
    "story",
    "thanks",
    "waiting",
)
"""Tables that the one rule covers whole."""

OTHERS = ("event", "invitation", "join_request", "notice", "rule", "source", "space", "space_member")

FUNCTIONS = """
create function my_spaces() returns varchar[] language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
declare known text := current_setting('app.spaces', true);
begin
  if known is null or known = '' then
    known := array(
      select space_id from public.space_member
      where person_id = nullif(current_setting('app.viewer', true), '') and ends_at > statement_timestamp()
    )::text;
    perform set_config('app.spaces', known, true);
  end if;
  return known::varchar[];
end $$;

create function forget_my_spaces() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('app.spaces', '', true);
  return null;
end $$;

create trigger space_member_changed after insert or update or delete on space_member
for each statement execute function forget_my_spaces();

create function i_work_here() returns boolean language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from public.person
    where id = nullif(current_setting('app.viewer', true), '') and kind = 'employee' and deactivated_at is null
  );
end $$;

create function i_administer() returns boolean language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from public.person
    where id = nullif(current_setting('app.viewer', true), '') and is_admin and deactivated_at is null
  );
end $$;
"""

SEARCH = """
create function search_hits(words text, of_kind text, before bigint, row_count bigint)
returns table (number bigint) language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return query execute format(
    'select newest.number from unnest($1) as mine (space_id), lateral ('
    '  select document.number from public.search_document as document'
    '  where document.space_id = mine.space_id and document.words @@ %L::tsquery'
    '    and ($2 is null or document.kind = $2) and ($3 is null or document.number < $3)'
    '  order by document.number desc limit $4'
    ') as newest order by newest.number desc limit $4',
    words
  ) using public.my_spaces(), of_kind, before, row_count;
end $$;
"""
"""Behind row-level security the index of words is not entered, because a match might tell what it sees. So a function
of the owner looks through the viewer's spaces, a few rows of each. The words stand in the statement, so that it is
planned for how common they are."""

SYSTEM = "(select current_setting('app.viewer', true)) = 'system'"
ME = "(select nullif(current_setting('app.viewer', true), ''))"
LISTED = "group_id in (select id from groups where joining <> 'invite') and (select i_work_here())"
MINE = "= any ((select my_spaces())::varchar[])"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(FUNCTIONS)
    op.execute(SEARCH)
    for table in IN_A_SPACE:
        _lock(table, f"space_id {MINE}")
    _lock("space", f"id {MINE} or kind = 'team' and {LISTED}", f"id {MINE}")
    _lock("space_member", f"person_id = {ME} or space_id {MINE}", f"space_id {MINE}")
    _lock("invitation", f"person_id = {ME} or space_id {MINE}", f"space_id {MINE}")
    _lock("join_request", f"person_id = {ME} or space_id {MINE}")
    _lock("notice", f"person_id = {ME}")
    _lock("source", f"space_id {MINE} or (select i_administer())")
    _lock("rule", f"space_id {MINE} or (select i_administer())")
    _lock_events()
    # The owner's own functions have to read what they decide by.
    op.execute("create policy memberships_for_my_spaces on space_member for select to current_user using (true)")
    op.execute("create policy documents_for_search_hits on search_document for select to current_user using (true)")


def _lock(table: str, seen: str, written: str | None = None) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(
        f"create policy the_wall on {table} using ({SYSTEM} or {seen}) with check ({SYSTEM} or {written or seen})"
    )


def _lock_events() -> None:
    """What happened can be told by whoever did it, wherever that was; nobody changes it afterwards."""
    op.execute("alter table event enable row level security")
    op.execute("alter table event force row level security")
    op.execute(f"create policy the_wall on event for select using ({SYSTEM} or space_id {MINE})")
    op.execute("create policy told on event for insert with check (true)")
    op.execute(f"create policy cleared on event for delete using ({SYSTEM})")


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("drop policy memberships_for_my_spaces on space_member")
    op.execute("drop policy documents_for_search_hits on search_document")
    op.execute("drop function search_hits(text, text, bigint, bigint)")
    for policy in ("told", "cleared"):
        op.execute(f"drop policy {policy} on event")
    for table in (*IN_A_SPACE, *OTHERS):
        op.execute(f"drop policy the_wall on {table}")
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} disable row level security")
    op.execute("drop trigger space_member_changed on space_member")
    op.execute("drop function forget_my_spaces()")
    op.execute("drop function my_spaces()")
    op.execute("drop function i_work_here()")
    op.execute("drop function i_administer()")
