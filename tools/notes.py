"""The notes hand: searches and reads a brief's sources.

Holds the notes alone; which of them are current, and what a deck must say, is not its business.
"""

__all__ = ["NotesHand"]

from collections.abc import Sequence
from typing import Annotated

from ..errors import did_you_mean
from ..rewards.retrieval import Bm25
from .schema import Between, Length, shown
from .tool import ToolResult, mistake, tool

MAX_FOUND = 5
SNIPPET_CHARS = 140


class NotesHand:
    """Carries `search_notes` and `read_note`.

    Args:
        notes: (id, title, text) of each note.

    Attributes:
        read: ids of the notes that were read.
        found: what each search gave, as text.
    """

    def __init__(self, notes: Sequence[tuple[str, str, str]]) -> None:
        self.notes = tuple(notes)
        self.read: list[str] = []
        self.found: list[str] = []
        self._index = Bm25([f"{title}\n{text}" for _, title, text in self.notes])

    @tool
    def search_notes(
        self, query: Annotated[str, Length(1, 200)], k: Annotated[int, Between(1, MAX_FOUND)] = 3
    ) -> ToolResult:
        """Search the notes of this brief; the best matches come first.

        Args:
            query: What to look for, in a few words.
            k: How many notes to list.

        Returns:
            Id, title and beginning of each note.
        """
        best = self._index.rank(query)[:k]
        hits = [number for number, score in best if score > 0]
        if not hits:
            there = ", ".join(note[0] for note in self.notes)
            return ToolResult((f"no note speaks of {shown(query)}; the notes are: {there}",))
        lines = [f"- {self.notes[i][0]}: {self.notes[i][1]}. {_beginning(self.notes[i][2])}" for i in hits]
        self.found.append("\n".join(lines))
        return ToolResult((self.found[-1],))

    @tool
    def read_note(self, id: Annotated[str, Length(1, 80)]) -> ToolResult:
        """Read a whole note.

        Args:
            id: Its id, as search_notes lists it.

        Returns:
            Title and text.
        """
        for known, title, text in self.notes:
            if known == id:
                if id not in self.read:
                    self.read.append(id)
                return ToolResult((f"{title}\n\n{text}",))
        names = [note[0] for note in self.notes]
        there = ", ".join(names)
        return mistake(
            f"there is no note {shown(id)}; there are: {there}.{did_you_mean(id, names)}", "unknown_note"
        )


def _beginning(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SNIPPET_CHARS else flat[:SNIPPET_CHARS].rsplit(" ", 1)[0] + " ..."
