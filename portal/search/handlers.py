"""What is said, changed, deleted or moved is found, or no longer found."""

from sqlalchemy.orm import Session

from portal.core.outbox import Happening, handles
from portal.listening.events import MentionHeard, StoryMoved
from portal.posts.events import (
    CommentDeleted,
    CommentEdited,
    CommentPublished,
    PostDeleted,
    PostEdited,
    PostMovedHere,
    PostPublished,
)
from portal.search import actions, queries


@handles(PostPublished, PostEdited, PostDeleted)
def index_post(session: Session, event: PostPublished | PostEdited | PostDeleted, happening: Happening) -> None:
    actions.index(session, "post", event.post_id)


@handles(CommentPublished, CommentEdited, CommentDeleted)
def index_comment(
    session: Session, event: CommentPublished | CommentEdited | CommentDeleted, happening: Happening
) -> None:
    actions.index(session, "comment", event.comment_id)


@handles(PostMovedHere)
def move_thread(session: Session, event: PostMovedHere, happening: Happening) -> None:
    queries.move_thread(session, event.post_id)


@handles(MentionHeard)
def index_mention(session: Session, event: MentionHeard, happening: Happening) -> None:
    actions.index(session, "mention", event.mention_id)


@handles(StoryMoved)
def move_story(session: Session, event: StoryMoved, happening: Happening) -> None:
    queries.move_story(session, event.story_id)
