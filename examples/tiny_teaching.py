"""A tiny model learns to call tools: half a minute of imitating an environment's expert.

Run it: `python examples/tiny_teaching.py qwen2_5_vl DIR --seconds 30`. It builds the model where DIR is not
there, teaches it on episodes of the scripted expert, lets it play tasks it has not seen, and prints the share
of its turns that are valid calls. It learns the form, not to see: what it earns stays near chance.
"""

import argparse
import asyncio
import itertools
import json
import runpy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from eyesmith.agents.codec import TurnCodec
from eyesmith.agents.policy import EngineSettings, Policy, Sampling, TokenPrompt, make_policy
from eyesmith.agents.scripted import scripted
from eyesmith.envs import Turn
from eyesmith.envs.describe import make_env
from eyesmith.envs.messages import first_messages, result_messages
from eyesmith.tools.tool import Image

ZOOM_QA, SWATCHES = "eyesmith/ZoomQA-v0", {"kind": "swatch"}
TASKS, LESSONS = 12, 64
STUMBLES = (0, 0, 1, 2, 3)  # wrong calls before the expert's: one of these numbers
RATE, WEIGHT_DECAY, MAX_NORM = 3e-3, 0.01, 1.0
GROWING = 0.6  # share of the time in which what stands before a call grows
LEAD, LONGEST = 8, 800  # tokens before a call, at first and in the end
STEP_TOKENS, CALL_TOKENS, BATCH = 1500, 45, 3
SHARPENED = 1.5
UNSEEN = 100_000  # index of the first task that is played
MAX_TOKENS = 96
NO_CALL = ("no_call", "not_json", "not_a_call", "too_deep", "too_long")


@dataclass
class Talk:
    """An episode as tokens, which grows.

    Args:
        codec: of the model.
        env: the environment.
        ids: prompt, calls and results, pictures expanded.
        taught: of each id, whether the assistant said it and should.
        images: the pictures, in order.
    """

    codec: TurnCodec
    env: Any
    ids: list[int] = field(default_factory=list)
    taught: list[bool] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)

    def open(self, turn: Turn) -> None:
        """The prompt."""
        messages = first_messages(self.env.system_prompt, self._parts(turn))
        self._read(self.codec.first(messages, [tool.openai() for tool in self.env.tools]), turn)

    def say(self, ids: Sequence[int], is_taught: bool = True) -> None:
        """What the assistant says."""
        self.ids += ids
        self.taught += [is_taught] * len(ids)

    def hear(self, turn: Turn, name: str) -> None:
        """What comes back."""
        self._read(self.codec.following(result_messages(self._parts(turn), "call", name)), turn)

    def cut(self, lead: int, chance: Random) -> "Talk":
        """One of the taught calls behind at most `lead` tokens, without pictures."""
        starts = [i for i, (old, new) in enumerate(itertools.pairwise(self.taught), 1) if new and not old]
        begin = chance.choice(starts)
        end = next((i for i in range(begin, len(self.ids)) if not self.taught[i]), len(self.ids))
        first = max(0, begin - lead)
        taught = [False] * (begin - first) + [True] * (end - begin)
        return Talk(self.codec, self.env, self.ids[first:end], taught)

    def _parts(self, turn: Turn) -> tuple[Any, ...]:
        """A model without eyes reads the texts."""
        return turn.parts if self.codec.shows_pictures else tuple(p for p in turn.parts if isinstance(p, str))

    def _read(self, engine_ids: list[int], turn: Turn) -> None:
        images = turn.images if self.codec.shows_pictures else ()
        ids, _ = self.codec.expand(engine_ids, images)
        self.ids += ids
        self.taught += [False] * len(ids)
        self.images += images


@dataclass
class Practice:
    """How a model plays; each list has an entry a turn, or an episode.

    Args:
        errors: error code of each turn, "" for a valid call.
        scores: of each episode.
    """

    errors: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    @property
    def parsed(self) -> float:
        """Share of the turns that hold a call."""
        return sum(error not in NO_CALL for error in self.errors) / len(self.errors)

    @property
    def valid(self) -> float:
        """Share of the turns that hold a call which the environment takes."""
        return self.errors.count("") / len(self.errors)

    @property
    def score(self) -> float:
        """Mean over the episodes."""
        return sum(self.scores) / len(self.scores)


def teach(
    folder: str | Path,
    *,
    env_id: str = ZOOM_QA,
    env_kwargs: Mapping[str, Any] = SWATCHES,
    tasks: int = TASKS,
    lessons: int = LESSONS,
    seconds: float = 30.0,
    seed: int = 0,
) -> float:
    """Fine-tune a tiny model on the calls of an environment's expert; its weights are replaced.

    What stands before a call is cut short at first and grows up to the whole episode: how to write a call is
    learned a hundred times sooner from the few tokens before it. In the end the logits are sharpened, as a
    lower temperature would, because half a minute leaves slips.

    Args:
        folder: made by `make_tiny`.
        env_id: environment.
        env_kwargs: its arguments.
        tasks: how many of `train`, from the first on.
        lessons: episodes of the expert over these tasks.
        seconds: of training, time of one core; the expert plays before.
        seed: of the stumbles and of the order.

    Returns:
        Loss of the last step, nats a token.
    """
    import torch
    from transformers import AutoImageProcessor, AutoTokenizer

    chance, env, codec = Random(seed), _env(env_id, env_kwargs), TurnCodec.load(str(folder))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    talks = [lesson(codec, env, tokenizer, i * tasks // lessons, chance) for i in range(lessons)]
    talks = [talk for talk in talks if any(talk.taught)]  # in some, the stumbles ended the episode
    env.close()
    model, processor = _weights(folder, codec), None
    if codec.shows_pictures:
        processor = AutoImageProcessor.from_pretrained(folder)
        model.model.visual.requires_grad_(False)
    learned = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(learned, RATE, betas=(0.9, 0.95), weight_decay=WEIGHT_DECAY)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # threads of so small a model would wait for each other
    model.train()
    began, loss = time.thread_time(), torch.tensor(float("nan"))
    while (spent := (time.thread_time() - began) / seconds) < 1:
        optimizer.param_groups[0]["lr"] = RATE * min(1.0, 50 * spent, 2 * (1 - spent))
        if spent < GROWING:
            lead = round(LEAD * (LONGEST / LEAD) ** (spent / GROWING))
            some = chance.choices(talks, k=max(2, STEP_TOKENS // (lead + CALL_TOKENS)))
            inputs, taught = _batch([talk.cut(lead, chance) for talk in some], None, model.config)
        else:
            inputs, taught = _batch(chance.choices(talks, k=BATCH), processor, model.config)
        hidden = model.model(**inputs).last_hidden_state[:, :-1][taught[:, 1:]]
        loss = torch.nn.functional.cross_entropy(model.lm_head(hidden), inputs["input_ids"][taught])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, MAX_NORM)
        optimizer.step()
    torch.set_num_threads(threads)
    with torch.no_grad():
        model.lm_head.weight.mul_(SHARPENED)
    model.save_pretrained(folder)
    return loss.item()


def lesson(codec: TurnCodec, env: Any, tokenizer: Any, index: int, chance: Random) -> Talk:
    """An episode of the expert that begins with mistakes, so that the model learns to go on after its own."""
    talk = Talk(codec, env)
    talk.open(env.begin(env.get_task("train", index)))
    random_calls = scripted("random", env, chance.randrange(1000))
    stumbles = [(call, False) for call in itertools.islice(random_calls, chance.choice(STUMBLES))]
    for call, is_right in itertools.chain(stumbles, ((call, True) for call in env.expert())):
        body = json.dumps({"name": call.name, "arguments": dict(call.arguments)})
        text = f"<tool_call>\n{body}\n</tool_call>"
        if not is_right and chance.random() < 0.5:
            text = text[: chance.randrange(len(text))]
        turn = env.say(text)[-1]
        talk.say([*tokenizer.encode(text), codec.close_id], is_right)
        if turn.done:
            break
        talk.hear(turn, call.name)
    return talk


async def practise(
    policy: Policy,
    codec: TurnCodec,
    *,
    env_id: str = ZOOM_QA,
    env_kwargs: Mapping[str, Any] = SWATCHES,
    episodes: int = 16,
    temperature: float = 1.0,
) -> Practice:
    """Let a model play tasks it has not seen, all at once; the policy has started.

    Args:
        policy: it takes tokens.
        codec: of its model.
        env_id: environment.
        env_kwargs: its arguments.
        episodes: one a task.
        temperature: of the sampling.
    """
    practice = Practice()
    how = {"max_tokens": MAX_TOKENS, "temperature": temperature, "banned": codec.banned}

    async def play(index: int) -> None:
        env = _env(env_id, env_kwargs)
        turn = env.begin(env.get_task("train", index))
        talk = Talk(codec, env)
        talk.open(turn)
        while not turn.done:
            prompt = TokenPrompt(key=f"{index}:{len(talk.ids)}", train_ids=talk.ids)
            said = await policy.generate(prompt, talk.images, Sampling(seed=index, **how))
            talk.say([*said.token_ids, *codec.closing(said.token_ids)])
            turns = env.say(codec.text(said.token_ids))
            practice.errors += [turn.error for turn in turns]
            for turn in turns:
                talk.hear(turn, turn.tool)
        practice.scores.append(turn.score or 0.0)
        env.close()

    await asyncio.gather(*(play(UNSEEN + i) for i in range(episodes)))
    return practice


def _env(env_id: str, env_kwargs: Mapping[str, Any]) -> Any:
    return make_env(env_id, action_format="hermes", **env_kwargs).unwrapped


def _weights(folder: str | Path, codec: TurnCodec) -> Any:
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

    kind: Any = AutoModelForImageTextToText if codec.shows_pictures else AutoModelForCausalLM
    return kind.from_pretrained(folder)


def _batch(talks: Sequence[Talk], processor: Any, config: Any) -> tuple[dict[str, Any], Any]:
    """Inputs of the model, padded on the right, and which ids are taught."""
    import torch
    from PIL import Image as Pil

    longest = max(len(talk.ids) for talk in talks)
    ids = torch.zeros(len(talks), longest, dtype=torch.long)
    taught = torch.zeros_like(ids, dtype=torch.bool)
    for i, talk in enumerate(talks):
        ids[i, : len(talk.ids)] = torch.tensor(talk.ids)
        taught[i, : len(talk.ids)] = torch.tensor(talk.taught)
    inputs = {"input_ids": ids}
    images = [Pil.fromarray(image.array) for talk in talks for image in talk.images]
    if images:
        inputs |= dict(processor(images=images, return_tensors="pt"))
        inputs["mm_token_type_ids"] = (ids == config.image_token_id).int()
    return inputs, taught


async def _play(folder: Path, episodes: int) -> Practice:
    policy = make_policy(EngineSettings(model=str(folder), backend="transformers", options={"threads": 1}))
    await policy.start()
    try:
        return await practise(policy, TurnCodec.load(str(folder)), episodes=episodes)
    finally:
        await policy.close()


def main() -> None:
    """Build, teach, play, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", help="qwen3, qwen2_5_vl or qwen3_vl")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--lessons", type=int, default=LESSONS)
    parser.add_argument("--episodes", type=int, default=16)
    asked = parser.parse_args()
    if not asked.folder.exists():
        make_tiny = runpy.run_path(str(Path(__file__).with_name("tiny_models.py")))["make_tiny"]
        make_tiny(asked.kind, asked.folder)
    loss = teach(asked.folder, lessons=asked.lessons, seconds=asked.seconds)
    found = asyncio.run(_play(asked.folder, asked.episodes))
    print(
        f"{asked.folder}: loss {loss:.3f}; {len(found.errors)} turns, {found.parsed:.0%} with a call, "
        f"{found.valid:.0%} valid; mean score {found.score:.2f}"
    )


if __name__ == "__main__":
    main()
