"""A run: the folder of one collection; one writer, any readers.

    config.json                     the resolved config
    log-00002.eslog                 what is not sealed yet
    episodes-00000.parquet          a sealed segment: its episodes ...
    images-00000.parquet            ... and the pictures that they show
    manifest.jsonl                  one line a sealed segment: names, rows, bytes, sha256
    *.damaged                       files that --resume set aside; never deleted

Knows no environment. What `write` has returned for survives `kill -9`; sealing goes on in one thread beside
the collection, and a full disk stops the run without costing an episode.
"""

__all__ = ["Run"]

import json
import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ..errors import RunError, UsageError, did_you_mean
from .catalog import Catalog
from .columns import IDENTITY, from_row
from .lock import LOCK_NAME, FolderLock
from .log import FSYNC_S, storage_error
from .provenance import scrub
from .record import EncodedImage, Episode
from .seal import Damage, write_atomically
from .writer import ROTATE_BYTES, Writer

CONFIG = "config.json"
FORMAT_KEY = "eyesmith_run"
FORMAT = 1

COLUMNS = tuple(f.name for f in fields(Episode))

Owed = tuple[int, int]


class Run:
    """A run folder, open for writing (`create`) or for reading only (`open`).

    Attributes:
        folder: the folder.
        config: the resolved config it was started with.
        damage: what `create` found damaged and set aside.
    """

    def __init__(self, folder: Path, config: dict[str, Any], writer: Writer | None = None) -> None:
        self.folder = folder
        self.config = config
        self.damage: list[Damage] = writer.damage if writer else []
        self._writer = writer
        self._catalog = Catalog(folder)

    @classmethod
    def create(
        cls,
        folder: Path | str,
        config: Mapping[str, Any],
        *,
        resume: bool = False,
        may_differ: Collection[str] = (),
        rotate_bytes: int = ROTATE_BYTES,
        fsync_s: float = FSYNC_S,
        is_deep: bool = True,
    ) -> "Run":
        """Start a run, or go on with one.

        Args:
            folder: made when it is missing.
            config: JSON-able; stored without secrets, home paths and host names (`provenance.scrub`).
            resume: go on with a run that the folder holds; an empty folder is started either way.
            may_differ: keys of `config` that may have another value than before; the new one is stored.
            rotate_bytes: size at which a log is sealed.
            fsync_s: seconds between two fsyncs of the log.
            is_deep: on resuming, compare the sha256 of every sealed file with the manifest.

        Raises:
            RunError: the folder holds something else, a run of another config, or a run and no `resume`; or
                another process writes to it. Nothing was changed.
            StorageError: the folder cannot be written.

        Warns:
            RuntimeWarning: a damaged file was set aside; its episodes are owed again.
        """
        folder = Path(folder)
        wanted = json.loads(json.dumps(scrub(config)))
        try:
            _check_folder(folder, resume=resume)
            folder.mkdir(parents=True, exist_ok=True)
            lock = FolderLock(folder)
        except OSError as error:
            raise storage_error(error, folder) from error
        try:
            if _check_folder(folder, resume=resume):
                _compare(folder, _read_config(folder), wanted, set(may_differ))
            stored = json.dumps({FORMAT_KEY: FORMAT, **wanted}, indent=2, ensure_ascii=False)
            write_atomically(folder / CONFIG, stored.encode("utf-8", "replace"))
            writer = Writer(folder, lock, rotate_bytes, fsync_s, is_deep=is_deep)
        except OSError as error:
            lock.release()
            raise storage_error(error, folder) from error
        except BaseException:
            lock.release()
            raise
        if writer.damage:
            found = "; ".join(f"{damage.path.name}: {damage.reason}" for damage in writer.damage)
            warnings.warn(
                f"{folder} was damaged ({found}). What is left of these files is kept as *.damaged, and the "
                f"episodes that cannot be read are collected again.",
                RuntimeWarning,
                stacklevel=2,
            )
        return cls(folder, wanted, writer)

    @staticmethod
    def check(folder: Path | str, *, resume: bool = False) -> None:
        """Refuse a folder that `create` would refuse, before anything costly is done for it.

        Raises:
            RunError: it holds something else, or a run and no `resume`.
        """
        _check_folder(Path(folder), resume=resume)

    @classmethod
    def open(cls, folder: Path | str) -> "Run":
        """Open a run for reading, also while another process writes it.

        Raises:
            RunError: the folder is missing, or holds no run.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise RunError(f"there is no folder {folder}; give the --out of an `eyesmith collect`")
        return cls(folder, _read_config(folder))

    def write(self, episode: Episode, images: Mapping[str, EncodedImage]) -> None:
        """Append an episode; when this returns, `kill -9` does not lose it.

        An episode of an id that was written before replaces it: every reader here gives the last one, though
        the parquet file of an earlier segment, read by itself, still holds the first.

        Args:
            episode: what happened.
            images: sha256 -> picture, at least every one of `episode.image_hashes`.

        Raises:
            UsageError: a picture is missing, or a value does not fit its column; nothing was written.
            StorageError: the disk is full or broken; all earlier episodes are kept.
        """
        self._writing().write(episode, images)

    def done(self, env_id: str | None = None) -> dict[tuple[int, int], str]:
        """(task index, sample) -> status of what was collected, of one environment or of all.

        Raises:
            RunError: a file is damaged or missing.
        """
        heads = self._catalog.heads()
        return {(h.task_index, h.sample): h.status for h in heads if env_id in (None, h.env_id)}

    def owed(
        self, plan: Iterable[Owed], retry_errors: bool = False, *, env_id: str | None = None
    ) -> list[Owed]:
        """What of a plan of (task index, sample) is still to be collected, in its order.

        Aborted episodes are always owed, failed ones with `retry_errors`.

        Raises:
            RunError: a file is damaged or missing.
        """
        done = self.done(env_id)
        unfinished = {"aborted", "error"} if retry_errors else {"aborted"}
        return [pair for pair in plan if pair not in done or done[pair] in unfinished]

    def episodes(
        self, columns: Collection[str] | None = None, where: Mapping[str, object] | None = None
    ) -> Iterator[Episode]:
        """Every episode once, sealed or not, in the order in which they were written.

        Args:
            columns: which to read; the others keep their defaults, but those of `columns.IDENTITY` are always
                read. None reads all.
            where: column -> the value that it must have, or a list, tuple or set of such values.

        Raises:
            UsageError: no such column.
            RunError: a file is damaged or missing: which one, and what to do.

        Example: `run.episodes(["reward", "policy"], where={"status": ["ok", "truncated"]})`
        """
        wanted = list(COLUMNS if columns is None else columns)
        tests = {name: _choices(value) for name, value in (where or {}).items()}
        for name in (*wanted, *tests):
            if name not in COLUMNS:
                raise UsageError(f"an episode has no column {name!r}.{did_you_mean(name, COLUMNS)}")
        kept = {*wanted, *IDENTITY}
        return (
            from_row({name: value for name, value in row.items() if name in kept})
            for row in self._catalog.rows(wanted, tests)
        )

    def count(self) -> int:
        """How many episodes there are.

        Raises:
            RunError: a file is damaged or missing.
        """
        return self._catalog.count()

    def image(self, sha256: str) -> EncodedImage:
        """A picture that some episode shows.

        Raises:
            RunError: there is none of that hash, or its file is damaged.
        """
        return self._catalog.image(sha256)

    def seal(self) -> None:
        """Seal everything that was written, and wait for it.

        Raises:
            StorageError: the disk is full or broken; what is not sealed stays in its log, readable.
        """
        self._writing().seal()

    def close(self) -> None:
        """Wait for sealing that has begun, sync the log and let others write; a second call does nothing.

        Raises:
            StorageError: the disk did not take everything.
        """
        writer, self._writer = self._writer, None
        if writer:
            writer.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise RunError(f"{self.folder} is open for reading only, or closed: open it with Run.create")
        return self._writer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None and self._writer:
                self._writer.seal()
        finally:
            self.close()


def _check_folder(folder: Path, *, resume: bool) -> bool:
    """Whether the folder holds a run to go on with; anything that must not be touched is an error."""
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder} is a file; --out must be a folder")
    if not folder.is_dir() or not _contents(folder):
        return False
    if not (folder / CONFIG).exists():
        raise RunError(
            f"{folder} is not empty and holds no run (it has no {CONFIG}). Nothing in it was touched: choose "
            f"another --out, or empty it yourself."
        )
    _read_config(folder)
    if not resume:
        raise RunError(f"{folder} holds a run; add --resume to go on with it, or choose another --out")
    return True


def _contents(folder: Path) -> set[str]:
    # A process that was killed while it started leaves no more than these.
    return {path.name for path in folder.iterdir()} - {LOCK_NAME, CONFIG + ".tmp"}


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text())
        if config.pop(FORMAT_KEY) != FORMAT:
            raise RunError(f"{folder} was written by a newer eyesmith: update eyesmith to read it")
        return config
    except FileNotFoundError:
        raise RunError(f"{folder} holds no run: it has no {CONFIG}. Give the --out of a collection") from None
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        if isinstance(error, RunError):
            raise
        raise RunError(
            f"{folder / CONFIG} is not the config of a run, so {folder} may belong to something else. "
            f"Nothing in it was touched: choose another folder, or put the right {CONFIG} back."
        ) from None


def _compare(folder: Path, old: dict[str, Any], new: dict[str, Any], may_differ: set[str]) -> None:
    differing = [
        f"{name} (was {_shown(old, name)}, now {_shown(new, name)})"
        for name in sorted(old.keys() | new.keys())
        if name not in may_differ and (name in old, old.get(name)) != (name in new, new.get(name))
    ]
    if differing:
        raise RunError(
            f"{folder} holds a run of another config; it differs in {'; '.join(differing)}. Resume it "
            f"with the arguments it was started with, or choose another --out."
        )


def _shown(config: dict[str, Any], name: str) -> str:
    return json.dumps(config[name], ensure_ascii=False)[:60] if name in config else "not given"


def _choices(value: object) -> Collection[object]:
    return value if isinstance(value, list | tuple | set | frozenset) else (value,)
