"""A judge: a model behind an OpenAI-compatible endpoint that is asked.

The one reward room with I/O. Knows what a question is, and neither worlds nor tasks: protocols
(`yes_probability.py`, `rubric.py`, `pairwise.py`, `error_list.py`, `inverse.py`) say what is asked and make a
Score of the answers. Every environment is graded without one unless its recipe asks it.

A judge that gives no readable answer is never a score of 0: it is a `JudgeError`, the machine's failure.
"""

__all__ = ["Judge"]

import json
import re
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import JudgeError, UsageError, did_you_mean
from .address import Address
from .api_key import ApiKey
from .json_reply import UnreadableError, list_in, mapping_in
from .judge_cache import JudgeCache
from .judge_http import JudgeConnection
from .judge_reply import Reply, read_reply
from .question import Answer, Question

FIRST_WAIT_S = 1.0
MAX_WAIT_S = 30.0
ASKED_AGAIN = 1
MAX_REPEATED_CHARS = 4000
# Said by the client itself: a setting could break what the answers are read from.
OWN_FIELDS = frozenset(
    {"model", "messages", "temperature", "max_tokens", "seed", "logprobs", "top_logprobs", "stream", "n"}
)
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
# Setting -> kinds, lowest, highest, whether None will do.
NUMBERS: Mapping[str, tuple[tuple[type, ...], float, float, bool]] = {
    "timeout_s": ((int, float), 0.01, 86_400, False),
    "retries": ((int,), 0, 100, False),
    "max_tokens": ((int,), 1, 1_000_000, True),
    "temperature": ((int, float), 0, 2, False),
    "seed": ((int,), 0, 2**31, True),
    "max_side_px": ((int,), 28, 16_384, False),
    "concurrency": ((int,), 1, 256, False),
}


@dataclass(frozen=True, eq=False)
class Judge:
    """A judge; thread-safe, starts nothing, and hangs up after each request.

    Answers are cached by content: the model, the protocol and its version, all that was said and shown, the
    sampling; not by the address. With `cache_dir` they outlive the process, and a run can be graded again
    without the endpoint.

    Raises:
        UsageError: a setting that cannot be used, or a key that would travel in the open.

    >>> Judge.of({"base_url": "http://127.0.0.1:8000", "model": "toy"}).model
    'toy'
    """

    base_url: str
    """Of the endpoint, with or without `/v1`."""
    model: str
    """Its name for the model."""
    _: KW_ONLY
    api_key_env: str = "EYESMITH_JUDGE_KEY"
    """The environment variable that holds its key, if it wants one."""
    timeout_s: float = 120.0
    """For a whole request."""
    retries: int = 3
    """How often a request is sent again that failed for a reason that may pass."""
    max_tokens: int | None = 1024
    """Of an answer, thoughts included; None leaves it to the endpoint."""
    temperature: float = 0.0
    """Where the protocol does not say its own."""
    seed: int | None = 0
    """Of sampling; the answer's number is added. None sends none, for endpoints that refuse it."""
    max_side_px: int = 1280
    """Larger pictures are shrunk to this."""
    concurrency: int = 8
    """Requests of one `ask_all` at once."""
    cache_dir: str | None = None
    """Folder of the answers; None: they are forgotten with the process."""
    extra: Mapping[str, Any] = field(default_factory=lambda: dict[str, Any]())
    """More fields of the request, such as `{"top_p": 0.8}`."""
    _connection: JudgeConnection = field(init=False, repr=False)
    _cache: JudgeCache = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check(self.settings)
        address = Address.of(self.base_url, key_env=self.api_key_env, given_as="--judge-url")
        key = ApiKey.towards(address.scheme, address.host, address.is_local, own_env=self.api_key_env)
        name = f"the judge {self.model!r}" + (f" at {address.api}" if address.is_local else "")
        folder = None if self.cache_dir is None else Path(self.cache_dir)
        object.__setattr__(self, "_connection", JudgeConnection(name, address, key, self.timeout_s))
        object.__setattr__(self, "_cache", JudgeCache(folder))

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        return Judge.of, (self.settings,)

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Judge":
        """A judge from the mapping that users give as `judge=`.

        Raises:
            UsageError: an unknown or missing name, or a setting that cannot be used.
        """
        known = [one.name for one in fields(cls) if one.init]
        for name in settings:
            if name not in known:
                key = " A key goes into an environment variable, whose name is api_key_env."
                hint = key if "key" in str(name).lower() else did_you_mean(str(name), known)
                raise UsageError(
                    f"judge takes {', '.join(known)}; it does not know {str(name)[:40]!r}.{hint}"
                )
        if missing := [name for name in ("base_url", "model") if name not in settings]:
            raise UsageError(
                f"judge needs {' and '.join(missing)}, such as "
                '{"base_url": "http://127.0.0.1:8000/v1", "model": "Qwen/Qwen3-VL-8B-Instruct"}'
            )
        return cls(**settings)

    @property
    def settings(self) -> dict[str, Any]:
        """What makes the same judge again; holds no key."""
        return {one.name: getattr(self, one.name) for one in fields(self) if one.init}

    def ask(self, question: Question) -> Answer:
        """The answer to a question, from the cache where it is known.

        An answer of another form than the one asked for is asked for once more, with what was wrong.

        Raises:
            JudgeError: out of reach after all retries, the question refused, or no readable answer.
            UsageError: the key, the address or the model is wrong.
            StorageError: the cache cannot be written.
        """
        key = self.key(question)
        with self._cache.turn(key):
            return self._cache.find(key) or self._cache.keep(key, self._asked(question))

    def ask_all(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers to several questions, in their order, asked side by side.

        Raises:
            JudgeError, UsageError, StorageError: as `ask`, for the first that failed.
        """
        if len(questions) <= 1 or self.concurrency == 1:
            return [self.ask(question) for question in questions]
        with ThreadPoolExecutor(min(self.concurrency, len(questions))) as threads:
            return list(threads.map(self.ask, questions))

    def check(self) -> None:
        """See that the endpoint answers and has the model, where it lists its models.

        Raises:
            JudgeError: out of reach.
            UsageError: a wrong key, or no such model.
        """
        names = [mapping_in(card).get("id") for card in list_in(self._connection.ask("models").get("data"))]
        known = [name for name in names if isinstance(name, str)]
        if known and self.model not in known:
            raise UsageError(
                f"{self._connection.name} is not there: the endpoint has {', '.join(known[:8])}."
                f"{did_you_mean(self.model, known)}"
            )

    def key(self, question: Question) -> str:
        """The name of a question's answer: a hash of all that the answer depends on."""
        asked = self._sampling(question) | {"max_side_px": self.max_side_px, "question": question.identity()}
        return sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    def _sampling(self, question: Question) -> dict[str, Any]:
        """The request without its messages."""
        temperature = self.temperature if question.temperature is None else question.temperature
        sent: dict[str, Any] = {"model": self.model, "temperature": float(temperature), **self.extra}
        if self.max_tokens is not None:
            sent["max_tokens"] = self.max_tokens if question.max_tokens is None else question.max_tokens
        if self.seed is not None and temperature > 0:
            sent["seed"] = self.seed + question.sample
        if question.top_logprobs:
            sent |= {"logprobs": True, "top_logprobs": question.top_logprobs}
        return sent

    def _asked(self, question: Question) -> Answer:
        sent = self._sampling(question)
        messages = question.messages(max_side_px=self.max_side_px)
        why = ""
        for _ in range(1 + ASKED_AGAIN):
            reply = self._sent(sent | {"messages": messages})
            try:
                return Answer(reply.text, question.read(reply.text), reply.first_token)
            except UnreadableError as fault:
                why = f"{fault}" + ("; it was cut off at max_tokens" if reply.is_cut else "")
                messages = [
                    *messages,
                    {"role": "assistant", "content": reply.text[:MAX_REPEATED_CHARS] or "(nothing)"},
                    {"role": "user", "content": f"That cannot be read: {why}. {question.form}"},
                ]
        raise JudgeError(
            f"{self._connection.name} gave no readable answer to {question.protocol}, also when asked again: "
            f"{why}",
            reason="unreadable",
        )

    def _sent(self, payload: Mapping[str, Any]) -> Reply:
        """One request, sent again while that may help."""
        attempt = 0
        while True:
            try:
                answer = self._connection.ask("chat/completions", payload)
                return read_reply(answer, self._connection.name)
            except JudgeError as error:
                if error.reason != "unreachable" or attempt == self.retries:
                    raise
                wait_s = error.wait_s
            time.sleep(min(FIRST_WAIT_S * 2**attempt, MAX_WAIT_S) if wait_s is None else wait_s)
            attempt += 1


def _check(given: Mapping[str, Any]) -> None:
    """Every setting is of its kind and in its range; no value is told that could be a secret."""
    for name in ("base_url", "model", "api_key_env"):
        if not isinstance(given[name], str) or not given[name]:
            raise UsageError(f"judge: {name} must be a text, got {type(given[name]).__name__}")
    if not VARIABLE.fullmatch(given["api_key_env"]):
        raise UsageError(
            "judge: api_key_env is the name of an environment variable, such as EYESMITH_JUDGE_KEY, and "
            "never the key itself"
        )
    folder = given["cache_dir"]
    if folder is not None and (not isinstance(folder, str) or not folder):
        raise UsageError(f"judge: cache_dir must be a path as text or None, got {folder!r}")
    for name, (kinds, low, high, may_be_none) in NUMBERS.items():
        value = given[name]
        if may_be_none and value is None:
            continue
        if type(value) not in kinds or not low <= value <= high:
            kind = "an integer" if float not in kinds else "a number"
            orelse = " or None" if may_be_none else ""
            raise UsageError(f"judge: {name} must be {kind} from {low:g} to {high:g}{orelse}, got {value!r}")
    _check_extra(given["extra"])


def _check_extra(extra: Any) -> None:
    held = mapping_in(extra)
    if not isinstance(extra, Mapping) or any(type(name) is not str for name in held):
        raise UsageError("judge: extra must map names of fields to values")
    if taken := sorted(OWN_FIELDS & set(held)):
        raise UsageError(f"judge: extra must not hold {', '.join(taken)}: settings and protocols say them")
    try:
        json.dumps(dict(held), allow_nan=False)
    except (TypeError, ValueError):
        raise UsageError("judge: extra must hold JSON values only") from None
