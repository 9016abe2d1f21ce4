"""On PostgreSQL, the tables and functions of Procrastinate, which delivers events and does timed work there."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DROP = """
do $$
declare found record;
begin
  for found in select tablename from pg_tables
    where schemaname = current_schema() and tablename like 'procrastinate\\_%'
  loop execute format('drop table if exists %I cascade', found.tablename); end loop;
  for found in select p.oid::regprocedure as signature from pg_proc p
    where p.pronamespace = current_schema()::regnamespace and p.proname like 'procrastinate\\_%'
  loop execute format('drop function if exists %s cascade', found.signature); end loop;
  for found in select t.typname from pg_type t
    where t.typnamespace = current_schema()::regnamespace and t.typname like 'procrastinate\\_%'
      and t.typtype in ('e', 'c')
  loop execute format('drop type if exists %I cascade', found.typname); end loop;
end $$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        from procrastinate.schema import SchemaManager

        op.get_bind().connection.cursor().execute(SchemaManager.get_schema())


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().connection.cursor().execute(DROP)
