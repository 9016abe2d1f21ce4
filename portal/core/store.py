"""The file store: bytes by key, in a folder or in an S3 bucket. Who may see a file is decided before it is asked."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from portal.core.errors import NotFound

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CHUNK = 256 * 1024
"""Bytes in a piece of a streamed file."""


class FileStore:
    """Files by key, such as ``photos/4k2…``. ``place`` is a folder's path, or an address such as ``s3://bucket/folder``.

    Credentials for S3 are read from the usual ``AWS_…`` variables.
    """

    def __init__(self, place: str) -> None:
        self.place = place

    @cached_property
    def _store(self) -> "ObjectStore":
        from obstore.store import LocalStore, from_url

        if "://" in self.place:
            return from_url(self.place)
        return LocalStore(prefix=Path(self.place).absolute(), mkdir=True)

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        """Keep this content under the key, in place of what was there."""
        self._store.put(key, content)

    def get(self, key: str) -> bytes:
        """The whole content. Raises ``NotFound``."""
        try:
            return bytes(self._store.get(key).bytes())
        except FileNotFoundError:
            raise NotFound from None

    def stream(self, key: str) -> Iterator[bytes]:
        """The content in pieces, for answers that should not hold it all. Raises ``NotFound`` at once."""
        try:
            found = self._store.get(key)
        except FileNotFoundError:
            raise NotFound from None
        return (bytes(piece) for piece in found.stream(min_chunk_size=CHUNK))

    def delete(self, key: str) -> None:
        """Forget the content. Nothing happens where there is none."""
        try:
            self._store.delete(key)
        except FileNotFoundError:
            return
