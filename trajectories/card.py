"""The card of an export: what it holds, and how it was made and graded."""

__all__ = ["card_of"]

import json
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import yaml

from ..envs.page import read_page
from .census import Census, env_of
from .formats import SCHEMAS, Source
from .meanings import meaning
from .privacy import told

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
COUNTS_SHOWN = 200
FLAGS = {
    "policy": "--policy",
    "episodes": "-n",
    "group": "-g",
    "split": "--split",
    "seed": "--seed",
    "image_format": "--image-format",
    "model": "--model",
    "backend": "--backend",
}
ROWS = {
    "hf": "`default`: one row an episode. `tokens`: the token ids of those that have any, by `run` and `id`. "
    "`images`: every picture once, by `sha256`.",
    "trl-sft": "One row an episode worth imitating: messages, tools and pictures as TRL's SFTTrainer takes "
    "them. Pictures of tool results stand in a user message behind the result, because TRL fills no "
    "placeholder in a tool message.",
    "trl-dpo": "One row a group: best against worst. `prompt` is all that both saw before they parted; "
    "`chosen` and `rejected` go on from there up to the first picture that they led to, because TRL's "
    "DPOTrainer carries pictures in the prompt only.",
    "grpo": "One row a graded episode: tokens, mask and logprobs as sampled, rewards, and advantages within "
    "the group. Failures of the machine are left out.",
}


def card_of(
    source: Source, format: str, title: str, *, repo: str | None = None, licence: str | None = None
) -> str:
    """The card as Markdown with a YAML header, which names the configs for `load_dataset`.

    Args:
        source: what was exported; its rows are counted.
        format: one of `formats.SCHEMAS`.
        title: the heading.
        repo: where it will be loaded from, or None for the folder itself.
        licence: in the hub's words, or None.
    """
    configs = [name for name, rows in source.rows.items() if rows]
    body = [
        f"# {title}",
        f"{len(source.census.members):,} episodes of {_listed(sorted(source.census.recipes))}, in which an "
        "agent works with tools on something visual and is graded by rewards that can be checked. Made with "
        "eyesmith.",
        f"Licence: {licence}." if licence else "No licence was given.",
        "## Rows",
        ROWS[format],
        _loading(format, configs, repo or "PATH"),
        *_left_out(source),
        "## Episodes",
        _counts(source.census),
        *_columns(format, configs),
        "## Rewards",
        *_rewards(source.census),
        "## How it was made",
        *_made(source.census),
        "## Environments",
        *_pages(source.census),
    ]
    header = {
        **({"license": licence} if licence else {}),
        "pretty_name": title,
        "tags": ["eyesmith", "reinforcement-learning", "agents", "tool-use", "vision-language"],
        "size_categories": [_size(source.rows["default"])],
        "configs": [
            {"config_name": name, "data_files": [{"split": "train", "path": f"{name}/*.parquet"}]}
            | ({"default": True} if name == "default" else {})
            for name in configs
        ],
    }
    return (
        f"---\n{yaml.safe_dump(header, sort_keys=False, allow_unicode=True)}---\n\n"
        + "\n\n".join(body)
        + "\n"
    )


def _loading(format: str, configs: Sequence[str], repo: str) -> str:
    lines = ["from datasets import load_dataset", ""]
    for name in configs:
        target = "rows" if format != "hf" else "episodes" if name == "default" else name
        config = "" if name == "default" else f', "{name}"'
        lines.append(f'{target} = load_dataset("{repo}"{config}, split="train")')
    return "```python\n" + "\n".join(lines) + "\n```"


def _left_out(source: Source) -> Iterator[str]:
    lines = [f"- {count:,} {reason}" for reason, count in sorted(source.left_out.items())]
    if source.without_tokens:
        lines.append(f"- the tokens of {source.without_tokens:,} episodes that have none")
    if source.withheld:
        lines.append(f"- the tokens of {source.withheld:,} episodes that spell something private")
    if lines:
        yield "Left out:\n" + "\n".join(lines)


def _counts(census: Census) -> str:
    rows = []
    order = sorted(census.counts, key=lambda who: (*who[:3], who[3] or 0, who[4]))
    for who in order[:COUNTS_SHOWN]:
        env_id, policy, split, difficulty, status = who
        count = census.counts[who]
        is_graded = status in ("ok", "truncated")
        mean = f"{census.totals[who] / count:.3f}" if is_graded else ""
        rows.append((env_id, policy, split, "" if difficulty is None else difficulty, status, count, mean))
    table = _table(
        ("environment", "policy", "split", "difficulty", "status", "episodes", "mean reward"), rows
    )
    statuses: Counter[str] = Counter()
    for who, count in census.counts.items():
        statuses[who[4]] += count
    more = f"\n\n{len(order) - COUNTS_SHOWN} more rows are not shown." if len(order) > COUNTS_SHOWN else ""
    return (
        table + more + "\n\nBy status: " + ", ".join(f"{name} {n:,}" for name, n in sorted(statuses.items()))
    )


def _columns(format: str, configs: Sequence[str]) -> Iterator[str]:
    for name in configs:
        yield f"## Columns of `{name}`"
        schema: pa.Schema = SCHEMAS[format][name]
        yield _table(
            ("column", "type", "meaning"),
            [(f"`{column.name}`", _type(column), meaning(column.name, format)) for column in schema],
        )


def _type(column: pa.Field) -> str:
    if column.name == "image":
        return "picture"
    if column.name == "images":
        return "list of pictures"
    if isinstance(column.type, pa.ListType):
        inner = column.type.value_type
        if isinstance(inner, pa.JsonType):
            return "list of JSON objects"
        return f"list of {'structs' if isinstance(inner, pa.StructType) else inner}"
    return str(column.type)


def _rewards(census: Census) -> Iterator[str]:
    for env_id in sorted(census.recipes):
        env = env_of(env_id)
        for name in sorted(census.recipes[env_id]):
            recipe = env.RECIPES.get(name) if env else None
            yield f"### {env_id}, recipe `{name}`"
            if recipe is None:
                yield "Its formula is not at hand where this was exported."
                continue
            paper = f" Source: {recipe.paper}." if recipe.paper else ""
            low, high = recipe.range
            yield f"`{recipe.formula}`, from {low:g} to {high:g} before penalties.{paper}"
            rows = [
                (t.name, t.role, f"{t.weight:g}", f"{t.range[0]:g} to {t.range[1]:g}", f"`{t.source}`")
                for t in recipe.terms
            ]
            yield _table(("term", "role", "weight", "range", "source"), rows)


def _made(census: Census) -> Iterator[str]:
    for run, stored in census.configs.items():
        config = told(stored)
        shown = json.dumps(config, indent=1, ensure_ascii=False)
        yield f"Run `{run}`:\n\n```sh\n{_command(config)}\n```\n\n```json\n{shown}\n```"
    versions = {name: ", ".join(sorted(found)) for name, found in sorted(census.versions.items())}
    rows = [
        ("models", _listed(sorted(census.models)) or "none: scripted policies"),
        ("commit of eyesmith", _listed(sorted(census.commits)) or "not recorded"),
        *versions.items(),
    ]
    yield _table(("what", "which"), rows)
    yield "Nothing private is in it: keys, home paths and host names were replaced when it was exported."


def _command(config: Mapping[str, Any]) -> str:
    """The `eyesmith collect` that a config stands for."""
    words = ["eyesmith", "collect", str(config.get("env", "ENV"))]
    for name, flag in FLAGS.items():
        if config.get(name) not in (None, ""):
            words += [flag, str(config[name])]
    kwargs = config.get("env_kwargs")
    for name, value in kwargs.items() if isinstance(kwargs, Mapping) else ():
        words.append(f"--env.{name}={value if isinstance(value, str) else json.dumps(value)}")
    return shlex.join([*words, "--out", "DIR"])


def _pages(census: Census) -> Iterator[str]:
    for env_id in sorted(census.recipes):
        yield f"### {env_id}"
        env = env_of(env_id)
        if env is None:
            yield "Its page is not at hand where this was exported."
            continue
        page = read_page(type(env))
        yield page.title
        for heading, text in page.sections.items():
            yield f"#### {heading}\n{text}"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _size(rows: int) -> str:
    return next((name for limit, name in SIZES if rows < limit), "n>1M")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
