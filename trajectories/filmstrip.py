"""An episode as the viewer shows it: prompt, turns, calls, results, boxes.

Knows rows and messages, neither files nor HTML. A row is a mapping or an object with the columns of a stored
episode; whatever a column lacks is shown as absent, never invented.
"""

__all__ = ["column", "filmstrip", "reward_of"]

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from .calls import call_view, convention, default_images, finite

UNGRADED = ("error", "aborted", "drift")
PROVENANCE = (
    "model",
    "model_revision",
    "backend",
    "weight_version",
    "template_hash",
    "tokenizer_hash",
    "token_exact",
    "sampling",
    "versions",
    "git_commit",
    "created",
    "env_version",
    "env_kwargs",
    "task_id",
    "task_hash",
    "seed",
    "group_id",
    "sample",
    "attempts",
)
_MARK = re.compile(r"<image (\d+): ([^>\n]*)>")


def column(row: Any, name: str, default: Any = None) -> Any:
    """A column of a mapping or an object; `default` where it is absent or null.

    >>> column({"reward": None}, "reward", 0.0), column({"id": "a"}, "id")
    (0.0, 'a')
    """
    value = row.get(name) if isinstance(row, Mapping) else getattr(row, name, None)
    return default if value is None else value


def reward_of(row: Any) -> float | None:
    """The reward of a graded episode; None where the machine failed, which is never a reward of 0.

    >>> reward_of({"status": "ok", "reward": 0.5}), reward_of({"status": "error", "reward": 0.0})
    (0.5, None)
    """
    if column(row, "status") in UNGRADED and column(row, "score") is None:
        return None
    return finite(column(row, "reward"))


def filmstrip(
    row: Any, place: Mapping[str, int] | None = None, *, coord: str | None = None
) -> tuple[dict[str, Any], list[str]]:
    """What the page shows of one episode, and the hashes of its pictures.

    Args:
        row: a stored episode, as a mapping or an object.
        place: picture hash -> number on the page, of the episodes before; new hashes are numbered on.
        coord: the convention of `bbox_2d` where the row does not name one (`abs_view`, `norm1000`, `norm1`).

    Returns:
        A JSON-able dict, and the hashes that were not in `place`, in order of appearance.
    """
    pictures = _Pictures(place or {})
    messages = _json(column(row, "messages"), [])
    coord = convention(dict(_pairs(column(row, "env_kwargs")))) or coord
    defaults = default_images(_json(column(row, "tools"), []))
    system, prompt, turns = _split(messages if isinstance(messages, list) else [], pictures, coord, defaults)
    _add_records(turns, column(row, "turns", []))
    steps = [finite(step) for step in column(row, "step_rewards", [])]
    aligned = _add_rewards(turns, steps)
    recipe = _json(column(row, "recipe"), column(row, "recipe", ""))
    named = isinstance(recipe, Mapping)
    return {
        "id": str(column(row, "id", "")),
        "group": str(column(row, "group_id", "")),
        "sample": column(row, "sample"),
        "env": str(column(row, "env_id", "")),
        "index": column(row, "task_index"),
        "difficulty": column(row, "difficulty"),
        "split": str(column(row, "split", "")),
        "policy": str(column(row, "policy", "") or column(row, "model", "")),
        "status": str(column(row, "status", "")),
        "stop": str(column(row, "stop_reason", "")),
        "error": str(column(row, "error", "")),
        "reward": reward_of(row),
        "score": finite(column(row, "score")),
        "why": str(column(row, "why", "")),
        "recipe": str(recipe.get("name", "") if named else recipe),
        "formula": str(recipe.get("formula", "") if named else column(row, "formula", "")),
        "components": [_component(item) for item in column(row, "components", [])],
        "metrics": [[str(k), finite(v)] for k, v in _pairs(column(row, "metrics"))],
        "steps": [] if aligned else steps,
        "tokens": _tokens(row),
        "system": system,
        "prompt": prompt,
        "turns": turns,
        "provenance": [[name, _plain(value)] for name in PROVENANCE if _told(value := column(row, name))],
    }, pictures.new


class _Pictures:
    """Numbers of the pictures on the page, and the labels under which this episode showed them."""

    def __init__(self, place: Mapping[str, int]) -> None:
        self.place, self.new, self.labels = dict(place), [], {}

    def number(self, sha: str, label: str) -> int:
        """The number of a picture; remembers it as the latest one of its label."""
        if sha not in self.place:
            self.place[sha] = len(self.place)
            self.new.append(sha)
        if label:
            self.labels[label] = self.labels[label.split()[0].rstrip(":,")] = self.place[sha]
        return self.place[sha]


def _split(
    messages: Sequence[Any], pictures: _Pictures, coord: str | None, defaults: Mapping[str, str]
) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
    """System text, prompt parts and turns of a conversation."""
    system, prompt, turns = "", [], []
    by_id: dict[Any, dict[str, Any]] = {}
    for message in messages:
        if not isinstance(message, Mapping):
            continue
        role, parts = message.get("role"), _parts(message.get("content"), pictures)
        if role == "assistant":
            calls = [
                call_view(call, pictures.labels, coord=coord, defaults=defaults)
                for call in message.get("tool_calls") or []
            ]
            by_id = {call.pop("id"): call for call in calls}
            turns.append({"says": _text(parts), "calls": calls, "results": []})
        elif role == "system":
            system += _text(parts)
        elif not turns:
            prompt += parts
        else:
            waiting = next((call for call in turns[-1]["calls"] if not call["results"]), None)
            home = (
                by_id.get(message.get("tool_call_id")) or (waiting if role == "tool" else None) or turns[-1]
            )
            home["results"] += parts
    return system, prompt, turns


def _parts(content: Any, pictures: _Pictures) -> list[dict[str, Any]]:
    """Texts and numbered pictures of a message's content."""
    if not isinstance(content, list):
        return [{"text": str(content)}] if content else []
    marks = {
        int(i): label
        for part in content
        if _is(part, "text")
        for i, label in _MARK.findall(_str(part, "text"))
    }
    parts, count = [], 0
    for part in content:
        if _is(part, "image"):
            label = _str(part, "label") or marks.get(count, "")
            parts.append({"image": pictures.number(_str(part, "image"), label.strip()), "label": label})
            count += 1
        elif _is(part, "text"):
            parts.append({"text": _str(part, "text")})
        else:
            parts.append({"text": json.dumps(part)})
    return parts


def _add_records(turns: list[dict[str, Any]], records: Sequence[Any]) -> None:
    """Tokens, times, raw text and error of each turn; turns that no message holds are added."""
    for number, record in enumerate(records):
        if number == len(turns):
            turns.append({"says": "", "calls": [], "results": []})
        turn = turns[number]
        if not turn["calls"]:
            calls = _json(column(record, "calls"), [])
            turn["calls"] = [call_view(call, {}) for call in calls if isinstance(call, Mapping)]
            for call in turn["calls"]:
                call.pop("id")
        raw = str(column(record, "text", ""))
        turn["says"] = turn["says"] or raw
        turn["raw"] = raw if raw != turn["says"] else ""
        turn["error"] = str(column(record, "error", ""))
        if turn["error"]:
            for call in turn["calls"]:
                call["boxes"] = []  # a refused box led nowhere
        turn["finish"] = str(column(record, "finish_reason", ""))
        names = ("n_prompt", "n_completion", "cached_tokens", "latency_ms", "env_ms")
        turn |= {name: finite(column(record, name)) for name in names}
        turns[number] = turn


def _add_rewards(turns: list[dict[str, Any]], steps: Sequence[float | None]) -> bool:
    """Put step rewards to the calls or the turns they were paid for; False where the counts do not tell."""
    homes = [home for turn in turns for home in (turn["calls"] or [turn])]
    homes = homes if len(homes) == len(steps) else turns
    if len(homes) != len(steps):
        return not steps
    for home, step in zip(homes, steps, strict=True):
        home["reward"] = step
    return True


def _component(item: Any) -> dict[str, Any]:
    return {
        "name": str(column(item, "name", "")),
        "value": finite(column(item, "value")),
        "role": str(column(item, "role", "")),
        "weight": finite(column(item, "weight")),
    }


def _tokens(row: Any) -> float | None:
    """Tokens the policy wrote; None for a policy without a model."""
    if column(row, "completion_ids"):
        return len(column(row, "completion_ids"))
    counts = [finite(column(turn, "n_completion")) for turn in column(row, "turns", [])]
    counts = [count for count in counts if count]
    return sum(counts) if counts else None


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    value = _json(value, {})
    return list(value.items()) if isinstance(value, Mapping) else []


def _json(value: Any, default: Any) -> Any:
    if not isinstance(value, str):
        return default if value is None else value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return default


def _told(value: Any) -> bool:
    return value is not None and value not in ("", "{}", {})


def _plain(value: Any) -> str:
    return json.dumps(value, default=str) if isinstance(value, (dict, list, bool)) else str(value)


def _is(part: Any, kind: str) -> bool:
    return isinstance(part, Mapping) and part.get("type") == kind and isinstance(part.get(kind), str)


def _str(part: Mapping[str, Any], name: str) -> str:
    value = part.get(name)
    return value if isinstance(value, str) else ""


def _text(parts: Sequence[Mapping[str, Any]]) -> str:
    return "\n".join(part["text"] for part in parts if "text" in part)
