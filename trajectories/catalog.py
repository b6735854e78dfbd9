"""A catalog: which episodes and pictures a run folder holds.

Reads only, also while another process writes and seals: every call looks at the folder again, and reads on in
the logs from where it stopped.
"""

__all__ = ["Catalog"]

from collections import OrderedDict
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ..errors import RunError
from .columns import IDENTITY
from .record import EncodedImage
from .seal import numbers, read_manifest
from .segment import NO_TESTS, Head, LogSegment, SealedSegment, Tests, damaged, episodes_path, log_path

TRIES = 20


class Catalog:
    """The segments of a run folder.

    Args:
        folder: the run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._segments: dict[int, LogSegment | SealedSegment] = {}
        self._last: dict[str, int] = {}
        self._cache: OrderedDict[tuple[int, int], list[dict[str, Any]]] = OrderedDict()

    def heads(self) -> Iterator[Head]:
        """Head of every episode, each id once, in the order in which they were written.

        Raises:
            RunError: a file is damaged or missing.
        """
        self._refresh()
        for number, segment in list(self._segments.items()):
            yield from (head for head in list(segment.heads.values()) if self._last[head.id] == number)

    def count(self) -> int:
        """How many episodes there are.

        Raises:
            RunError: a file is damaged or missing.
        """
        self._refresh()
        return len(self._last)

    def rows(self, names: Collection[str], tests: Tests = NO_TESTS) -> Iterator[dict[str, Any]]:
        """The named columns and those of `IDENTITY` of every episode that passes the tests, each id once.

        Raises:
            RunError: a file is damaged or missing.
        """
        self._refresh()
        columns = (*IDENTITY, *(name for name in names if name not in IDENTITY))
        last = dict(self._last)
        for number in list(self._segments):
            # The log of this number may have been sealed since: the ids that count are the same.
            for row in self._rows_of(number, columns, tests):
                if last.get(row["id"]) == number:
                    yield row

    def image(self, sha256: str) -> EncodedImage:
        """A picture of any episode.

        Raises:
            RunError: no episode of this run shows it, or the file that held it is damaged or missing.
        """
        broken: RunError | None = None
        for is_fresh in (False, True):
            if is_fresh:
                self._refresh()
            for segment in list(self._segments.values()):
                try:
                    found = segment.image(sha256)
                except FileNotFoundError:
                    continue  # sealed since the last look: the fresh round finds it
                except RunError as error:
                    broken = error
                    continue
                if found:
                    return found
        if broken:
            raise broken
        raise RunError(f"no episode of {self._folder} shows a picture {sha256!r}")

    def _rows_of(self, number: int, columns: Collection[str], tests: Tests) -> Iterator[dict[str, Any]]:
        try:
            yield from self._segments[number].rows(columns, tests)
        except FileNotFoundError:  # of a log, and before its first row: it was sealed since the last look
            yield from SealedSegment(self._folder, number, self._cache).rows(columns, tests)

    def _refresh(self) -> None:
        for _ in range(TRIES):
            try:
                return self._look()
            except FileNotFoundError:
                continue  # a log was sealed between the listing and the reading
        raise RunError(f"the files of {self._folder} keep disappearing; does something else delete them?")

    def _look(self) -> None:
        # The manifest first: what it names was in place before.
        for number in read_manifest(self._folder):
            if not episodes_path(self._folder, number).exists():
                raise damaged(episodes_path(self._folder, number), "it is missing")
        last: dict[str, int] = {}
        segments: dict[int, LogSegment | SealedSegment] = {}
        for number in sorted(numbers(self._folder)):
            segment = self._segments.get(number)
            if episodes_path(self._folder, number).exists():
                if not isinstance(segment, SealedSegment):
                    segment = SealedSegment(self._folder, number, self._cache)
            elif log_path(self._folder, number).exists():
                if not isinstance(segment, LogSegment):
                    segment = LogSegment(log_path(self._folder, number), number)
                segment.refresh()
            else:
                continue
            segments[number] = segment
            last.update(dict.fromkeys(segment.heads, number))
        self._segments, self._last = segments, last
