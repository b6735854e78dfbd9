"""The agent loop around an engine that is only simulated.

The peer steps environments one after another. The engine of both serves one turn after another, each in the
same time, as long as somebody queues. All else is real: the loop, its seats in two worker processes, a
tokenizer and its template.
"""

__all__ = ["SimulatedEngine", "loop_pictures", "loop_turns"]

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from ..agents.codec import TurnCodec
from ..agents.loop import Model, converse
from ..agents.policy import EngineSettings, Generation, Sampling, TokenPrompt
from ..agents.seats import Order, WorkerSeat
from ..agents.workers import WorkerPool
from ..errors import MissingExtraError
from ..tools.tool import Image
from ..tools.vision import QWEN2_5_VL
from ..trajectories.record import Episode
from .harness import Row
from .waiting import LookEnv, WaitEnv

EPISODES = 32
TURNS = 6
ENGINE_S = 0.008
WORKERS = 2
MOST_IDLE = 0.1
CALL: dict[str, Any] = {"name": "fetch", "arguments": {"page": 2}}
CONTROLS = ("<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>")
PAD = "<|vision_start|><|image_pad|><|vision_end|>"
TEMPLATE = (
    "{%- if tools %}<|im_start|>system\n{% for tool in tools %}{{ tool | tojson }}\n{% endfor %}<|im_end|>\n"
    "{% endif %}{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    f"{{% if part.type == 'text' %}}{{{{ part.text }}}}{{% else %}}{PAD}{{% endif %}}"
    "{% endfor %}{% endif %}"
    "{% for call in message.tool_calls or [] %}"
    "<tool_call>\n{{ call.function | tojson }}\n</tool_call>{% endfor %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class SimulatedEngine:
    """Takes token ids; serves turns in the order in which they came, and sleeps.

    Args:
        said: ids of what it says, every time.
        turn_s: time of one turn.

    Attributes:
        busy_s: time that it served since `reset`.
    """

    takes_tokens = True
    context: int | None = None
    weight_version = 0

    def __init__(self, said: Sequence[int], turn_s: float) -> None:
        self.settings = EngineSettings(model="simulated")
        self._said, self._turn_s = said, turn_s
        self.reset()

    def reset(self) -> None:
        """Count anew."""
        self.busy_s = 0.0
        self._first: float | None = None
        self._free = 0.0

    @property
    def idle(self) -> float:
        """Share of the time between first and last turn in which nobody had queued."""
        return 0.0 if self._first is None else round(1.0 - self.busy_s / (self._free - self._first), 4)

    async def start(self) -> None:
        """Nothing is to load."""

    async def generate(self, prompt: TokenPrompt, images: Sequence[Image], sampling: Sampling) -> Generation:
        """Wait for its turn and its time; the same call every time."""
        now = time.perf_counter()
        self._first = now if self._first is None else self._first
        self._free = max(now, self._free) + self._turn_s
        self.busy_s += self._turn_s
        await asyncio.sleep(self._free - now)
        seen = list(prompt.train_ids)
        return Generation(token_ids=self._said, logprobs=[-1.0] * len(self._said), prompt_ids=seen)

    def abort(self, key: str) -> None:
        """No turn takes long."""

    async def close(self) -> None:
        """Nothing is held."""


def loop_turns() -> Row:
    """32 episodes of 6 turns, each with a tool that waits 50 ms."""
    import gymnasium

    played = _Played(WaitEnv)
    envs = [gymnasium.make(_named(WaitEnv), max_turns=TURNS) for _ in range(EPISODES)]

    def peer() -> int:
        for env in envs:
            env.reset()
        turns = 0
        is_over = False
        while not is_over:
            for env in envs:
                time.sleep(ENGINE_S)
                _, _, _, is_over, _ = env.step(json.dumps(CALL))
                turns += 1
        return turns

    return Row(
        "loop.turns",
        played.episodes,
        peer,
        "environments stepped one after another",
        # The engine's own time, where it is idle for no more than the share that we allow.
        budget_ms=EPISODES * TURNS * ENGINE_S * 1e3 / (1 - MOST_IDLE),
        ratio_floor=5.0,
        close=played.close,
        is_long=True,
        also=lambda: {"engine_idle": played.idle, "own_cpu_ms_a_turn": played.own_ms},
    )


def loop_pictures() -> Row:
    """The same with a picture of 1120x840 px at every turn."""
    ours, peer = _Played(LookEnv), _Played(LookEnv, may_share=False)

    def close() -> None:
        ours.close()
        peer.close()

    return Row(
        "loop.pictures",
        ours.episodes,
        peer.episodes,
        "the same, pictures through pipes",
        close=close,
        is_long=True,
        also=lambda: {"engine_idle": ours.idle, "own_cpu_ms_a_turn": ours.own_ms},
    )


class _Played:
    """Episodes of one environment through the real loop, in workers that stay."""

    def __init__(self, env: type[WaitEnv], *, may_share: bool = True) -> None:
        codec, said = _codec(f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>")
        self._engine = SimulatedEngine([*said, codec.close_id], ENGINE_S)
        self._model = Model(self._engine, codec, Sampling())
        self._order = Order(env_id=_named(env), env_kwargs={"action_format": "hermes", "max_turns": TURNS})
        self._tasks = count()  # each episode has pictures that were never seen
        self._pool = WorkerPool(WORKERS, may_share=may_share)
        self._runner = asyncio.Runner()
        self._spent_s = 0.0

    @property
    def idle(self) -> float:
        """Of the engine, in the last episodes."""
        return self._engine.idle

    @property
    def own_ms(self) -> float:
        """What a turn of the last episodes cost this process, CPU time."""
        return self._spent_s / (EPISODES * TURNS) * 1e3

    def episodes(self) -> list[Episode]:
        """Play them all at once."""
        self._engine.reset()
        before = time.process_time()
        made = self._runner.run(self._all())
        self._spent_s = time.process_time() - before
        return made

    async def _all(self) -> list[Episode]:
        orders = [replace(self._order, index=next(self._tasks)) for _ in range(EPISODES)]
        seats = [WorkerSeat(self._pool, order, 60.0) for order in orders]
        talks = [converse(self._model, seat, seed=i, name=f"episode {i}") for i, seat in enumerate(seats)]
        made = await asyncio.gather(*talks)
        return [episode for episode, _ in made]

    def close(self) -> None:
        """End the workers."""
        self._pool.close()
        self._runner.close()


def _named(env: type[WaitEnv]) -> str:
    return f"{env.__module__}:{env.ID}"


def _codec(text: str) -> tuple[TurnCodec, list[int]]:
    """Of a tokenizer whose tokens are bytes, and the ids of a text."""
    try:
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast
    except ImportError as error:
        raise MissingExtraError(f'this row needs a tokenizer: pip install "eyesmith[hf]" ({error})') from None
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(letters)}, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    special: dict[str, Any] = {"eos_token": CONTROLS[1], "additional_special_tokens": list(CONTROLS)}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=made, chat_template=TEMPLATE, **special)
    ids: list[Any] = [tokenizer.convert_tokens_to_ids(token) for token in reversed(CONTROLS[2:])]
    return TurnCodec(tokenizer, vision=QWEN2_5_VL, vision_ids=ids), tokenizer.encode(text)
