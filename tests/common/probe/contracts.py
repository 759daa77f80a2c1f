"""What the probe says: notes were taken."""

from typing import ClassVar
from uuid import UUID, uuid4

from finops_common.events.contract import Event, Topic

NOTES = Topic("probe.note", "notes, to test with", partitions=3)


class NoteTaken(Event):
    """A note was taken; `number` counts within its book."""

    topic: ClassVar[Topic] = NOTES
    name: ClassVar[str] = "note.taken"
    key: ClassVar[str] = "book"

    book: str
    number: int
    note_id: UUID


class NoteBurned(Event):
    """Nobody in these tests handles it."""

    topic: ClassVar[Topic] = NOTES
    name: ClassVar[str] = "note.burned"
    key: ClassVar[str] = "book"

    book: str


def note_taken(number: int = 1, book: str = "diary") -> NoteTaken:
    return NoteTaken(book=book, number=number, note_id=uuid4())
