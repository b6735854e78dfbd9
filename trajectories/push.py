"""Pushing runs to a hub as a data set, only when asked.

The `hf` export is made in a temporary folder and uploaded as one commit, so that a reader sees all of it or
nothing. The token comes from HF_TOKEN in the environment and is neither stored nor shown.
"""

__all__ = ["PushReport", "push"]

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import InfrastructureError, MissingExtraError, UsageError
from .export import CARD, export
from .formats import SCHEMAS

TOKEN_ENV = "HF_TOKEN"
ENDPOINT_ENV = "HF_ENDPOINT"
REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
MAX_REPO_CHARS = 96
NETWORK_LIBRARIES = frozenset({"httpx", "httpx2", "httpcore", "httpcore2", "requests", "urllib3"})
ADVICE = {
    400: "What it says names what to change, such as a --licence that it does not know.",
    401: f"Check that the token in {TOKEN_ENV} is right and has not expired.",
    403: f"Check that the token in {TOKEN_ENV} may write to it, and that the repository is yours.",
    404: "Check the name of the repository, and that the token may see it.",
}


@dataclass(frozen=True)
class PushReport:
    """What went to a hub, or would go.

    Args:
        repo: `owner/name`.
        url: of the commit; empty on a dry run.
        is_dry: whether nothing was sent.
        rows: config -> rows.
        files: path in the repository -> bytes.
        card: the text of README.md.
        notes: what was left out, a line each.
    """

    repo: str
    url: str
    is_dry: bool
    rows: Mapping[str, int]
    files: Mapping[str, int]
    card: str
    notes: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """What a person wants to know, a line each; on a dry run with the card."""
        size = sum(self.files.values()) / 1e6
        rows = ", ".join(f"{name} {count:,}" for name, count in self.rows.items())
        verb = "would go" if self.is_dry else "went"
        told = [f"{len(self.files)} files, {size:.1f} MB ({rows} rows) {verb} to {self.repo}"]
        told += [f"  {count:>14,}  {name}" for name, count in self.files.items()]
        told += self.notes
        return [*told, "", self.card] if self.is_dry else [*told, self.url]


def push(
    folder: Path, repo: str, *, dry_run: bool = False, private: bool = False, licence: str | None = None
) -> PushReport:
    """Publish the episodes of a run, or of a folder of runs, as a data set.

    What an earlier push left under the configs' folders is replaced in the same commit.

    Args:
        folder: a run or a folder of runs.
        repo: `owner/name`; made where it is missing.
        dry_run: only say what would go where; needs no network, no token and no extra.
        private: make the repository private; one that is public already is refused.
        licence: in the hub's words, such as `apache-2.0`; None names none.

    Raises:
        UsageError: a name that is none, no token, or a repository that refuses it.
        MissingExtraError: huggingface_hub is not installed.
        RunError: there is no run, nothing to export, or a damaged file.
        InfrastructureError: the hub cannot be reached or broke off; nothing of it is visible there.
    """
    if not REPO.fullmatch(repo) or len(repo) > MAX_REPO_CHARS or ".." in repo or "--" in repo:
        raise UsageError(f"a repository is named owner/name, such as me/zoom-qa; got {repo!r}")
    token = os.environ.get(TOKEN_ENV, "").strip()
    if not dry_run and not token:
        raise UsageError(
            f"pushing needs a token with the right to write, in the environment variable {TOKEN_ENV}; it is "
            "not set. Nothing was sent. --dry-run shows what would go, without one."
        )
    if not dry_run:
        _hub()
    with tempfile.TemporaryDirectory(prefix="eyesmith-push-") as temporary:
        made = export(
            folder, "hf", Path(temporary) / "data", title=repo.partition("/")[2], repo=repo, licence=licence
        )
        card = (made.path / CARD).read_text(encoding="utf-8")
        url = "" if dry_run else _upload(made.path, repo, token, is_private=private)
    return PushReport(repo, url, dry_run, made.rows, made.files, card, tuple(made.lines()[1:]))


def _upload(folder: Path, repo: str, token: str, *, is_private: bool) -> str:
    """Send a folder as one commit; its address."""
    hub = _hub()
    with _told(repo):
        api = hub.HfApi(endpoint=os.environ.get(ENDPOINT_ENV) or None, token=token)
        api.create_repo(repo, repo_type="dataset", private=is_private or None, exist_ok=True)
        if is_private and not api.dataset_info(repo).private:
            raise UsageError(
                f"{repo} is there already and is public, so nothing was sent: make it private on the hub "
                "first, choose another name, or leave --private out"
            )
        sent = api.upload_folder(
            repo_id=repo,
            repo_type="dataset",
            folder_path=folder,
            commit_message="Upload episodes with eyesmith",
            delete_patterns=[f"{config}/*.parquet" for config in SCHEMAS["hf"]],
        )
    return str(sent.commit_url)


def _hub():
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingExtraError(
            'pushing needs huggingface_hub: pip install "eyesmith[hub]". --dry-run works without it.'
        ) from error
    return huggingface_hub


@contextmanager
def _told(repo: str) -> Iterator[None]:
    """Turn what the hub or the network says into one paragraph."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except UsageError:
        raise
    except HfHubHTTPError as error:
        status = getattr(error.response, "status_code", None)
        said = str(getattr(error, "server_message", None) or error).splitlines()[0][:300]
        if status in ADVICE:
            raise UsageError(f"the hub refused {repo} ({status}: {said}). {ADVICE[status]}") from None
        raise InfrastructureError(
            f"the hub failed at {repo} ({status or 'no status'}: {said}). What was collected is as it was. A "
            "data set appears there as one commit, all of it or nothing: push again later."
        ) from None
    except ValueError as error:  # such as the card's header, which the hub checks before anything else
        raise UsageError(f"the hub refused {repo}: {' '.join(str(error).split())[:400]}") from None
    except Exception as error:
        if not isinstance(error, OSError) and not _is_network(error):
            raise
        said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InfrastructureError(
            f"the connection to the hub broke off ({said}). What was collected is as it was. A data set "
            f"appears there as one commit, all of {repo} or nothing: push again when the network is back."
        ) from None


def _is_network(error: BaseException) -> bool:
    return any(made.__module__.partition(".")[0] in NETWORK_LIBRARIES for made in type(error).__mro__)
