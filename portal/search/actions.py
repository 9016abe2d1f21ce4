"""Keeping the index in step with what was said."""

from collections import Counter

from sqlalchemy.orm import Session

from portal.search import queries


def index(session: Session, kind: str, target_id: str) -> None:
    """Make the index hold what this post, comment or mention says now: nothing where it is gone.

    Doing it again changes nothing.
    """
    document = queries.text_of(session, kind, target_id)
    if document is None:
        queries.drop_document(session, kind, target_id)
    elif not queries.change_document(session, document):
        queries.add_document(session, document)


def rebuild(session: Session) -> Counter[str]:
    """Make the whole index anew. Returns how many texts of each kind are in it."""
    queries.drop_all(session)
    indexed: Counter[str] = Counter()
    in_millisecond: Counter[int] = Counter()
    for kind in queries.KINDS:
        for documents in queries.all_texts(session, kind):
            for document in documents:
                first = queries.first_number(document["at"])
                document["number"] = first + in_millisecond[first]
                in_millisecond[first] += 1
            queries.add_numbered(session, documents)
            indexed[kind] += len(documents)
    return indexed
