"""Tiny models of real architectures, made on the spot: weights, tokenizer, template, processor.

Run it: `python examples/tiny_models.py qwen2_5_vl DIR`. The folder loads as any model does, in transformers
and in vLLM. Nothing is downloaded: the tokenizer is trained on what an agent of ZoomQA reads and says, the
weights are random.
"""

import argparse
import json
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eyesmith.envs.describe import make_env
from eyesmith.envs.subject import play
from eyesmith.errors import UsageError, did_you_mean

KINDS = ("qwen3", "qwen2_5_vl", "qwen3_vl")
CONTEXT = 8192
VOCABULARY = 1024
EPISODES = 4
HIDDEN, HEADS, KEY_HEADS, HEAD_DIM, LAYERS = 128, 4, 2, 32, 2  # vLLM on a CPU takes no head_dim below 32
VISION_HIDDEN, VISION_HEADS, VISION_LAYERS = 64, 2, 2
INIT_STD = 0.05
PATCH_PX = {"qwen2_5_vl": 14, "qwen3_vl": 16}
MIN_TOKENS, MAX_TOKENS = 4, 1280  # visual tokens of a picture, as `tools/vision.py` counts them

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
ADDED = ("<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>", "<think>", "</think>")
WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# Renders as that of Qwen3-VL does: hermes tools, pictures where they stand, nothing of the past edited.
TEMPLATE = r"""
{%- macro said(content) -%}
    {%- if content is string -%}
        {{- content -}}
    {%- else -%}
        {%- for part in content or [] -%}
            {%- if part.type == 'image' or 'image' in part or 'image_url' in part -%}
                {{- '<|vision_start|><|image_pad|><|vision_end|>' -}}
            {%- elif part.type == 'video' or 'video' in part -%}
                {{- '<|vision_start|><|video_pad|><|vision_end|>' -}}
            {%- elif 'text' in part -%}
                {{- part.text -}}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
{%- if tools -%}
    {{- '<|im_start|>system\n' -}}
    {%- if messages[0].role == 'system' -%}
        {{- said(messages[0].content) + '\n\n' -}}
    {%- endif -%}
    {{- '# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' -}}
    {{- 'You are provided with function signatures within <tools></tools> XML tags:\n<tools>' -}}
    {%- for tool in tools -%}
        {{- '\n' + (tool | tojson) -}}
    {%- endfor -%}
    {{- '\n</tools>\n\nFor each function call, return a json object with function name and arguments ' -}}
    {{- 'within <tool_call></tool_call> XML tags:\n<tool_call>\n{"name": <function-name>, "arguments": ' -}}
    {{- '<args-json-object>}\n</tool_call><|im_end|>\n' -}}
{%- elif messages[0].role == 'system' -%}
    {{- '<|im_start|>system\n' + said(messages[0].content) + '<|im_end|>\n' -}}
{%- endif -%}
{%- for message in messages -%}
    {%- if message.role == 'user' -%}
        {{- '<|im_start|>user\n' + said(message.content) + '<|im_end|>\n' -}}
    {%- elif message.role == 'assistant' -%}
        {{- '<|im_start|>assistant\n' + said(message.content) -}}
        {%- for call in message.tool_calls or [] -%}
            {%- set call = call.function or call -%}
            {{- '\n' if message.content or not loop.first -}}
            {{- '<tool_call>\n{"name": "' + call.name + '", "arguments": ' -}}
            {{- call.arguments if call.arguments is string else call.arguments | tojson -}}
            {{- '}\n</tool_call>' -}}
        {%- endfor -%}
        {{- '<|im_end|>\n' -}}
    {%- elif message.role == 'tool' -%}
        {{- '<|im_start|>user' if loop.first or messages[loop.index0 - 1].role != 'tool' -}}
        {{- '\n<tool_response>\n' + said(message.content) + '\n</tool_response>' -}}
        {{- '<|im_end|>\n' if loop.last or messages[loop.index0 + 1].role != 'tool' -}}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|im_start|>assistant\n' -}}
{%- endif -%}
"""


def make_tiny(kind: str, folder: str | Path, *, seed: int = 0) -> Path:
    """Build a model and everything that loads with it.

    Args:
        kind: one of KINDS; `qwen3` reads text only.
        folder: where to; made if it is not there.
        seed: of the weights.

    Returns:
        The folder.

    Raises:
        UsageError: another kind.
    """
    import torch
    from transformers import GenerationConfig

    if kind not in KINDS:
        raise UsageError(f"unknown kind {kind!r}; there is: {', '.join(KINDS)}.{did_you_mean(kind, KINDS)}")
    folder = Path(folder)
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder)
    ids = {token: tokenizer.convert_tokens_to_ids(token) for token in SPECIAL}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = _model(kind, len(tokenizer), ids)
    model.generation_config = GenerationConfig(
        eos_token_id=ids["<|im_end|>"], pad_token_id=ids["<|endoftext|>"]
    )
    model.save_pretrained(folder)
    if kind in PATCH_PX:
        for name, config in _processors(kind).items():
            (folder / name).write_text(json.dumps(config, indent=2) + "\n")
    return folder


def make_tokenizer() -> Any:
    """A byte-level BPE tokenizer of at most VOCABULARY tokens, its words cut as Qwen's, with the template."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, trainers
    from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
    from transformers import Qwen2Tokenizer

    raw = Tokenizer(models.BPE())
    raw.normalizer = normalizers.NFC()
    raw.pre_tokenizer = Sequence(
        [Split(Regex(WORDS), behavior="isolated"), ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - len(SPECIAL) - len(ADDED),
        min_frequency=1,
        initial_alphabet=sorted(ByteLevel.alphabet()),
        show_progress=False,
    )
    raw.train_from_iterator(corpus(), trainer)
    bpe = json.loads(raw.to_str())["model"]
    tokenizer = Qwen2Tokenizer(
        vocab=bpe["vocab"],
        merges=[tuple(merge) for merge in bpe["merges"]],
        unk_token=None,
        model_max_length=CONTEXT,
    )
    tokenizer.add_special_tokens(
        {"additional_special_tokens": [AddedToken(t, special=True) for t in SPECIAL]}
    )
    tokenizer.add_tokens([AddedToken(text, normalized=False, special=False) for text in ADDED])
    tokenizer.eos_token, tokenizer.pad_token = "<|im_end|>", "<|endoftext|>"
    tokenizer.chat_template = TEMPLATE.lstrip("\n")
    return tokenizer


def corpus() -> Iterator[str]:
    """Texts to train a tokenizer on: tools, tasks, results and calls of a few episodes, and plain ASCII."""
    env: Any = make_env("eyesmith/ZoomQA-v0", kind="swatch").unwrapped
    yield from (string.printable, env.system_prompt, "system\nuser\nassistant\ntool\n", TEMPLATE)
    for tool in env.tools:
        yield json.dumps(tool.openai())
    for index in range(EPISODES):
        task = env.get_task("train", index)
        yield from (turn.text for turn in play(env, task))
        env.begin(task)
        for call in env.expert():
            yield f'\n{{"name": "{call.name}", "arguments": {json.dumps(dict(call.arguments))}}}\n'
            env.call(call)
    env.close()


def _model(kind: str, vocabulary: int, ids: dict[str, int]) -> Any:
    import transformers as hf

    text: dict[str, Any] = {
        "vocab_size": vocabulary,
        "hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_HEADS,
        "max_position_embeddings": CONTEXT,
        "initializer_range": INIT_STD,
        "bos_token_id": None,
        "eos_token_id": ids["<|im_end|>"],
        "pad_token_id": ids["<|endoftext|>"],
        "dtype": "float32",
    }
    rope: dict[str, Any] = {"rope_type": "default", "rope_theta": 10_000.0}
    vision: dict[str, Any] = {
        "depth": VISION_LAYERS,
        "hidden_size": VISION_HIDDEN,
        "intermediate_size": 2 * VISION_HIDDEN,
        "num_heads": VISION_HEADS,
        "out_hidden_size": HIDDEN,
        "patch_size": PATCH_PX.get(kind),
        "initializer_range": INIT_STD,
    }
    marks = {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
        "tie_word_embeddings": False,
        "dtype": "float32",
    }
    if kind == "qwen3":
        config = hf.Qwen3Config(**text, head_dim=HEAD_DIM, rope_parameters=rope, tie_word_embeddings=False)
        return hf.Qwen3ForCausalLM(config)
    if kind == "qwen2_5_vl":
        text["rope_parameters"] = rope | {"mrope_section": [4, 6, 6]}
        vision |= {"fullatt_block_indexes": [1], "window_size": 112}
        return hf.Qwen2_5_VLForConditionalGeneration(
            hf.Qwen2_5_VLConfig(text_config=text, vision_config=vision, **marks)
        )
    text |= {
        "head_dim": HEAD_DIM,
        "rope_parameters": rope | {"mrope_section": [6, 5, 5], "mrope_interleaved": True},
    }
    vision |= {"deepstack_visual_indexes": [0, 1], "num_position_embeddings": 256}
    return hf.Qwen3VLForConditionalGeneration(
        hf.Qwen3VLConfig(text_config=text, vision_config=vision, **marks)
    )


def _processors(kind: str) -> dict[str, dict[str, Any]]:
    """File name -> contents, for pictures and for videos."""
    name = {"qwen2_5_vl": "Qwen2_5_VL", "qwen3_vl": "Qwen3VL"}[kind]
    square = (2 * PATCH_PX[kind]) ** 2
    shared = {
        "processor_class": f"{name}Processor",
        "patch_size": PATCH_PX[kind],
        "merge_size": 2,
        "temporal_patch_size": 2,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "size": {"shortest_edge": MIN_TOKENS * square, "longest_edge": MAX_TOKENS * square},
    }
    video = "Qwen2VLVideoProcessor" if kind == "qwen2_5_vl" else "Qwen3VLVideoProcessor"
    return {
        "preprocessor_config.json": shared | {"image_processor_type": "Qwen2VLImageProcessor"},
        "video_preprocessor_config.json": shared | {"video_processor_type": video},
    }


def main() -> None:
    """Build one and say what it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    folder = make_tiny(asked.kind, asked.folder, seed=asked.seed)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {asked.kind}, {size / 1e6:.1f} MB, {CONTEXT} tokens of context")


if __name__ == "__main__":
    main()
