"""The search index: FTS5 on SQLite, a tsvector on PostgreSQL."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PUNCTUATION = "".join(chr(code) for code in range(33, 127) if not chr(code).isalnum())


def upgrade() -> None:
    op.create_table(
        "search_document",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("space_id", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("target_id", sa.String(length=24), nullable=False),
        sa.Column("post_id", sa.String(length=24), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["space.id"], name=op.f("fk_search_document_space_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_search_document")),
        sa.UniqueConstraint("kind", "target_id", name=op.f("uq_search_document_kind_target_id")),
    )
    op.create_index("ix_search_document_space_id", "search_document", ["space_id", "number"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        _make_fts5()
    else:
        _make_tsvector()


def _make_fts5() -> None:
    op.execute(
        "create virtual table search_text using fts5(space_id, kind, title, body, content='search_document',"
        " content_rowid='number', tokenize='unicode61 remove_diacritics 2')"
    )
    added = "insert into search_text (rowid, space_id, kind, title, body)"
    new = "values (new.number, new.space_id, new.kind, new.title, new.body);"
    removed = "insert into search_text (search_text, rowid, space_id, kind, title, body)"
    old = "values ('delete', old.number, old.space_id, old.kind, old.title, old.body);"
    op.execute(f"create trigger search_document_added after insert on search_document begin {added} {new} end")
    op.execute(f"create trigger search_document_removed after delete on search_document begin {removed} {old} end")
    both = f"{removed} {old} {added} {new}"
    op.execute(f"create trigger search_document_changed after update on search_document begin {both} end")


def _make_tsvector() -> None:
    letters, plain = _folded()
    words = (
        f"translate(title || ' ' || body, {_quoted(letters + PUNCTUATION)}, {_quoted(plain + ' ' * len(PUNCTUATION))})"
    )
    op.execute(
        "alter table search_document add column words tsvector not null"
        f" generated always as (to_tsvector('simple', {words})) stored"
    )
    op.execute("create index ix_search_document_words on search_document using gin (words)")


def _folded() -> tuple[str, str]:
    """Latin letters with marks, and the letters without: é e. FTS5 does the same by itself."""
    letters = [chr(code) for code in range(0xC0, 0x180)]
    bases = {letter: unicodedata.normalize("NFD", letter)[0].lower() for letter in letters}
    marked = [letter for letter in letters if bases[letter] != letter]
    return "".join(marked), "".join(bases[letter] for letter in marked)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("drop table search_text")
    op.drop_index("ix_search_document_space_id", table_name="search_document")
    op.drop_table("search_document")
