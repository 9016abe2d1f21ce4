"""Which rules administrators see without being in their space, the second lock says too: those of what everybody hears.

It opened all rules to them, because the space that everybody's rules lie in was no row of theirs.
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

LISTENING = """
create function listening_space() returns varchar language plpgsql stable security definer
set search_path = pg_catalog, pg_temp as $$
begin
  return (select id from public.space where kind = 'listening');
end $$;
"""

SYSTEM = "(select current_setting('app.viewer', true)) = 'system'"
MINE = "= any ((select my_spaces())::varchar[])"
LISTED = "group_id in (select id from groups where joining <> 'invite') and (select i_work_here())"
SPACES = f"{SYSTEM} or id {MINE} or kind = 'team' and {LISTED}"
ADMINISTERED = "(select i_administer())"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(LISTENING)
    everybodys = f"{ADMINISTERED} and space_id = (select listening_space())"
    op.execute(f"alter policy the_wall on rule using ({SYSTEM} or space_id {MINE} or {everybodys})")
    the_space = f"kind = 'listening' and {ADMINISTERED}"
    op.execute(
        f"alter policy the_wall on space using ({SYSTEM} or id {MINE} or kind = 'team' and {LISTED} or {the_space})"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(f"alter policy the_wall on space using ({SPACES})")
    op.execute(f"alter policy the_wall on rule using ({SYSTEM} or space_id {MINE} or {ADMINISTERED})")
    op.execute("drop function listening_space()")
