"""The models that examples and tests make on the spot."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.agents.codec import TurnCodec
from eyesmith.errors import UsageError

torch = pytest.importorskip("torch", reason="needs torch: make test-vllm")
pytest.importorskip("transformers", reason="needs transformers: make test-vllm")

from .models import KINDS, engine, example, taught_model, tiny_model  # noqa: E402 after the skip

pytestmark = pytest.mark.torch

TOOL = {"type": "function", "function": {"name": "look", "description": "Look.", "parameters": {}}}
CALL = {"type": "function", "function": {"name": "look", "arguments": {"at": [1, 2.5]}}}
PICTURE = {"type": "image", "image": "0"}
TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "What? "}, PICTURE, PICTURE]},
    {"role": "assistant", "content": "<think>\nhm\n</think>\n\nSo.", "tool_calls": [CALL, CALL]},
    {"role": "tool", "content": [PICTURE, {"type": "text", "text": "there"}]},
    {"role": "tool", "content": "nothing"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": "more"},
]
# As the published template of Qwen3-VL renders it.
RENDERED = """<|im_start|>system
Be brief.

# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
{"type": "function", "function": {"name": "look", "description": "Look.", "parameters": {}}}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> \
XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
<|im_start|>user
What? <|vision_start|><|image_pad|><|vision_end|><|vision_start|><|image_pad|><|vision_end|><|im_end|>
<|im_start|>assistant
<think>
hm
</think>

So.
<tool_call>
{"name": "look", "arguments": {"at": [1, 2.5]}}
</tool_call>
<tool_call>
{"name": "look", "arguments": {"at": [1, 2.5]}}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
<|vision_start|><|image_pad|><|vision_end|>there
</tool_response>
<tool_response>
nothing
</tool_response><|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "look", "arguments": {"at": [1, 2.5]}}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
more
</tool_response><|im_end|>
<|im_start|>assistant
"""


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny_model("qwen3_vl", tmp_path_factory))


def test_the_template_renders_as_qwens(tokenizer):
    made = tokenizer.apply_chat_template(TALK, tools=[TOOL], tokenize=False, add_generation_prompt=True)
    assert made == RENDERED
    assert tokenizer.apply_chat_template(TALK[:2], tokenize=False) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhat? "
        "<|vision_start|><|image_pad|><|vision_end|><|vision_start|><|image_pad|><|vision_end|><|im_end|>\n"
    )


@settings(max_examples=200, deadline=None)
@given(text=st.text().map(lambda text: text.encode("utf-8", "replace").decode()))
def test_any_text_comes_back(tokenizer, text):
    import unicodedata

    plain = unicodedata.normalize("NFC", text)
    assert tokenizer.decode(tokenizer.encode(plain), clean_up_tokenization_spaces=False) == plain


def test_control_tokens_are_one_id_each(tokenizer):
    module = example("tiny_models")
    for text in (*module.SPECIAL, *module.ADDED):
        assert len(tokenizer.encode(text)) == 1, text
    assert set(module.SPECIAL) == set(tokenizer.all_special_tokens)
    assert (tokenizer.eos_token, tokenizer.pad_token) == ("<|im_end|>", "<|endoftext|>")
    assert len(tokenizer.encode("2026")) == 4, "digits stand alone, as Qwen's do"


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_makes_the_weights(kind, tmp_path, tmp_path_factory):
    from safetensors.torch import load_file

    folder = tiny_model(kind, tmp_path_factory)
    first, twin, other = (
        load_file(at / "model.safetensors")
        for at in (
            folder,
            *(example("tiny_models").make_tiny(kind, tmp_path / str(n), seed=n) for n in (0, 1)),
        )
    )
    assert all(torch.equal(first[name], twin[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
    assert 0.4e6 < sum(weight.numel() for weight in first.values()) < 1.5e6
    config = json.loads((folder / "config.json").read_text())
    assert config["dtype"] == "float32"


def test_another_kind_is_refused(tmp_path):
    with pytest.raises(UsageError, match="Did you mean 'qwen3_vl'"):
        example("tiny_models").make_tiny("qwen3-vl", tmp_path / "none")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("kind", ["qwen2_5_vl", pytest.param("qwen3_vl", marks=pytest.mark.long)])
def test_after_half_a_minute_it_calls_tools(kind, tmp_path_factory, record_property):
    folder = taught_model(kind, tmp_path_factory)

    async def play() -> Any:
        async with engine(folder) as policy:
            return await example("tiny_teaching").practise(policy, TurnCodec.load(str(folder)))

    practice = asyncio.run(play())
    record_property("parsed", practice.parsed)
    assert practice.parsed >= 0.8, practice
    assert practice.valid >= 0.5, practice
