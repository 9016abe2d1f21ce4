"""Earlier versions of what was written, copies opened to customers, reports; and words that stay on their side.

A thread's rows follow it by their keys when it moves from one group to another. The database refuses any move in which
customers are: out of their spaces, or into them.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

FOLLOWING = {
    "comment": (["post_id", "space_id"], "post", "fk_comment_post_id_space_id"),
    "thanks": (["post_id", "space_id"], "post", "fk_thanks_post_id_space_id"),
    "naming": (["post_id", "space_id"], "post", "fk_naming_post_id_space_id"),
    "file_use": (["file_id", "space_id"], "file", "fk_file_use_file_id"),
}
"""Tables whose rows go along: the columns of their key, what it points to, and its name."""

STAYING = ("comment", "file", "opened_post", "post", "version")
"""Tables whose rows never cross between colleagues and customers."""

BOTH_INTERNAL = (
    "exists (select 1 from {schema}space as one, {schema}space as other where one.id = old.space_id "
    "and other.id = new.space_id and one.audience = 'internal' and other.audience = 'internal')"
)

FUNCTION = f"""
create function stays_on_its_side() returns trigger language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  if not {BOTH_INTERNAL.format(schema="public.")} then
    raise exception 'words never move where customers read' using errcode = 'check_violation';
  end if;
  return new;
end $$;
"""

SYSTEM = "(select current_setting('app.viewer', true)) = 'system'"
MINE = "= any ((select my_spaces())::varchar[])"


def upgrade() -> None:
    _let_rows_follow("CASCADE")
    op.create_table(
        "version",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("comment_id", sa.String(length=24), nullable=False),
        sa.Column("author_id", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_version_author_id")),
        sa.ForeignKeyConstraint(
            ["post_id", "space_id"],
            ["post.id", "post.space_id"],
            name=op.f("fk_version_post_id_space_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
    )
    op.create_index("ix_version_post_id", "version", ["post_id", "comment_id", "written_at"], unique=False)
    op.create_index("ix_version_space_id", "version", ["space_id"], unique=False)
    op.create_table(
        "opened_post",
        sa.Column("copy_id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.String(length=24), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["copy_id"], ["post.id"], name=op.f("fk_opened_post_copy_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_opened_post_person_id")),
        sa.ForeignKeyConstraint(
            ["post_id", "space_id"],
            ["post.id", "post.space_id"],
            name=op.f("fk_opened_post_post_id_space_id"),
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("copy_id", name=op.f("pk_opened_post")),
    )
    op.create_index("ix_opened_post_post_id", "opened_post", ["post_id"], unique=False)
    op.create_index("ix_opened_post_space_id", "opened_post", ["space_id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=False),
        sa.Column("comment_id", sa.String(length=24), nullable=False),
        sa.Column("author_id", sa.String(length=24), nullable=False),
        sa.Column("reporter_id", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=24), nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_report_author_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_report_post_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_report_reporter_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_report_settled_by")),
        sa.ForeignKeyConstraint(["space_id"], ["space.id"], name=op.f("fk_report_space_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint(
            "post_id", "comment_id", "reporter_id", name=op.f("uq_report_post_id_comment_id_reporter_id")
        ),
    )
    op.create_index("ix_report_space_id", "report", ["space_id", "at"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        _lock("version", f"space_id {MINE}")
        _lock("opened_post", f"space_id {MINE}")
        _lock("report", f"space_id {MINE}")
    _keep_on_their_side()


def _let_rows_follow(onupdate: str | None) -> None:
    for table, (columns, parent, name) in FOLLOWING.items():
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(name), type_="foreignkey")
            batch.create_foreign_key(
                op.f(name), parent, columns, ["id", "space_id"], ondelete="CASCADE", onupdate=onupdate
            )


def _lock(table: str, seen: str) -> None:
    op.execute(f"alter table {table} enable row level security")
    op.execute(f"alter table {table} force row level security")
    op.execute(f"create policy the_wall on {table} using ({SYSTEM} or {seen}) with check ({SYSTEM} or {seen})")


def _keep_on_their_side() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    if is_postgres:
        op.execute(FUNCTION)
    for table in STAYING:
        if is_postgres:
            op.execute(
                f"create trigger {table}_stays before update of space_id on {table} for each row "
                "when (old.space_id is distinct from new.space_id) execute function stays_on_its_side()"
            )
        else:
            op.execute(
                f"create trigger {table}_stays before update of space_id on {table} "
                f"when old.space_id is not new.space_id and not {BOTH_INTERNAL.format(schema='')} "
                "begin select raise(abort, 'words never move where customers read'); end"
            )


def downgrade() -> None:
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for table in STAYING:
        op.execute(f"drop trigger {table}_stays{f' on {table}' if is_postgres else ''}")
    if is_postgres:
        op.execute("drop function stays_on_its_side()")
    for table in ("report", "opened_post", "version"):
        op.drop_table(table)
    _let_rows_follow(None)
