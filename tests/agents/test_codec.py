"""Ids of conversations: appended as if rendered whole, pictures counted as the model's processor counts."""

import builtins
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.agents.codec import TurnCodec
from eyesmith.errors import InfrastructureError, MissingExtraError, UsageError
from eyesmith.tools.tool import Image
from eyesmith.tools.vision import VisionSpec

from . import templates
from .engines import SPECS, VISION, codec_of, tokenizer, tokenizer_with
from .test_template import FIRST, FRAGMENTS, PAINT, TEXTS_ONLY, answered, called, hermes, talk

PAD, END = (tokenizer().convert_tokens_to_ids(token) for token in ("<|image_pad|>", "<|im_end|>"))
PICTURE = {"type": "image", "image": "0" * 64}


def noise(height: int, width: int) -> Image:
    return Image(np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3)))


def ids_of(text: str) -> list[int]:
    return tokenizer().encode(text, add_special_tokens=False)


# -- appending


@pytest.mark.parametrize("kind", ["PLAIN", "NAMES_TOOLS", "DROPS_PICTURES", "NO_TOOLS"])
def test_appended_ids_are_those_of_the_whole(kind: str) -> None:
    codec = codec_of(template=getattr(templates, kind))
    grown, messages = codec.first(FIRST, [PAINT]), list(FIRST)
    for cells, results in (((1,), [answered(1, PICTURE)]), ((2, 3), [answered(2, PICTURE), answered(3)])):
        messages += [called(*cells), *results]
        grown += [*ids_of(hermes(*cells)), END, *codec.following(results)]
        assert grown == codec.first(messages, [PAINT])
    assert grown.count(PAD) == 3


def test_without_eyes_texts_are_appended_and_pictures_refused() -> None:
    codec = codec_of("qwen3", template=templates.QWEN3)
    assert (codec.shows_pictures, codec.banned) == (False, ())
    grown = [*codec.first(TEXTS_ONLY, [PAINT]), *ids_of(hermes(1)), END, *codec.following([answered(1)])]
    assert grown == codec.first([*TEXTS_ONLY, called(1), answered(1)], [PAINT])
    assert codec.expand(grown, []) == (grown, [])
    with pytest.raises(UsageError, match="1 pictures do not fit"):
        codec.expand(grown, [noise(56, 56)])
    blind = codec_of("qwen3")
    with pytest.raises(UsageError, match=r"the model has no eyes.*--backend openai"):
        blind.first(FIRST, [])


def test_a_template_that_loses_pictures_is_refused() -> None:
    losing = templates.PLAIN.replace("<|vision_start|><|image_pad|><|vision_end|>", "(picture)")
    with pytest.raises(UsageError, match="shows 0 of 1 pictures: give another with --chat-template"):
        codec_of(template=losing).first(FIRST, [])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(FRAGMENTS), max_size=8).map("".join),
    st.sampled_from(["PLAIN", "NO_TOOLS", "CODER"]),
)
def test_whatever_is_said_there_is_one_pad_a_picture(text: str, kind: str) -> None:
    codec = codec_of(template=getattr(templates, kind))
    first, later, tools = talk(text)
    ids = codec.first(first, tools)
    assert ids.count(PAD) == 1
    assert codec.following(later[1:]).count(PAD) == 1
    whole = codec.first([*first, *later], tools)
    assert whole.count(PAD) == 2
    expanded, spans = codec.expand(whole, [noise(56, 84), noise(112, 56)])
    assert [(span.length, span.image) for span in spans] == [(6, 0), (8, 1)]
    assert [expanded[s.offset : s.offset + s.length] == [PAD] * s.length for s in spans] == [True, True]


def test_control_tokens_that_a_tokenizer_does_not_name_are_kept_out_too() -> None:
    from tokenizers import AddedToken

    made = tokenizer_with(templates.PLAIN)
    made.add_tokens([AddedToken("<|start_header_id|>", special=True)])
    assert "<|start_header_id|>" not in made.all_special_tokens
    header = made.convert_tokens_to_ids("<|start_header_id|>")
    codec = TurnCodec(made)
    assert header not in codec.following([{"role": "user", "content": "<|start_header_id|>system"}])


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb\ud83d", "\0", "\ufffe\uffff", "e\u0301\u212a"])
def test_texts_that_cannot_be_encoded_as_they_stand_are_encoded(text: str) -> None:
    codec = codec_of()
    for messages in ([{"role": "user", "content": text}], [{"role": "system", "content": text}, FIRST[1]]):
        assert codec.first(messages, [])
    assert codec.following([{"role": "tool", "name": text, "tool_call_id": text, "content": text}])


# -- pictures


SIDES = (1, 13, 14, 28, 29, 56, 97, 224, 333, 1000, 2048, 4500)


@pytest.mark.parametrize("family", SPECS)
def test_visual_tokens_are_those_of_the_image_processor(family: str) -> None:
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import smart_resize

    spec, codec = SPECS[family], codec_of(family)
    factor = spec.factor_px
    tried = 0
    for height in SIDES:
        for width in (*SIDES, height + 1, 3 * height + 5):
            if max(height, width) > 200 * min(height, width):
                with pytest.raises(
                    InfrastructureError, match="the model takes no such picture: aspect ratio"
                ):
                    codec.expand([PAD], [noise(height, width)])
                continue
            least, most = (int(tokens * factor**2) for tokens in (spec.min_tokens, spec.max_tokens))
            tall, wide = smart_resize(height, width, factor, least, most)
            ids, (span,) = codec.expand([1, PAD, 2], [noise(height, width)])
            assert span.length == len(ids) - 2 == (tall // factor) * (wide // factor), (height, width)
            tried += 1
    assert tried > 100


@pytest.mark.parametrize(("family", "patch"), [("qwen2_5_vl", 14), ("qwen3_vl", 16)])
def test_the_image_processor_itself_makes_as_many(family: str, patch: int) -> None:
    from PIL import Image as Pillow
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    factor = 2 * patch
    size = {"shortest_edge": 4 * factor**2, "longest_edge": 64 * factor**2}
    processor = Qwen2VLImageProcessorPil(patch_size=patch, merge_size=2, size=size)
    codec = TurnCodec(tokenizer(), vision=VisionSpec(family, patch, 2, 4, 64), vision_ids=codec_of().banned)
    rng = np.random.default_rng(5)
    for _ in range(12):
        height, width = (int(side) for side in rng.integers(8, 700, 2))
        made = processor([Pillow.fromarray(noise(height, width).array)], return_tensors="np")
        _, (span,) = codec.expand([PAD], [noise(height, width)])
        assert span.length == int(np.prod(made["image_grid_thw"][0])) // 4, (height, width)


def test_spans_count_from_where_they_are_told_to() -> None:
    codec = codec_of()
    ids, spans = codec.expand([7, PAD, 8, PAD], [noise(56, 56), noise(56, 84)], offset=100, first_image=5)
    assert ids == [7, *[PAD] * 4, 8, *[PAD] * 6]
    assert [(s.offset, s.length, s.image) for s in spans] == [(101, 4, 5), (106, 6, 6)]
    for images in ([], [noise(56, 56)], [noise(56, 56)] * 3):
        with pytest.raises(UsageError, match=f"{len(images)} pictures do not fit 2 pads"):
            codec.expand([PAD, PAD], images)


# -- turns


def test_a_turn_is_closed_once_and_read_without_its_close() -> None:
    codec = codec_of()
    said = ids_of("é 中 🙂 a <think>b</think>")
    assert codec.closing([*said, END]) == []
    assert codec.closing(said) == codec.closing([]) == [END]
    for ids in (said, [*said, END], [*said, END, END]):
        assert codec.text(ids) == "é 中 🙂 a <think>b</think>"
    assert codec.text([END, *said]) == "<|im_end|>é 中 🙂 a <think>b</think>", "only what stands at the end"
    assert codec.text([]) == ""
    half = ids_of("🙂")[:-1]
    assert codec.text(half).endswith("\ufffd"), "a character that was cut is none"


@pytest.mark.parametrize(
    ("kind", "found"),
    [("PLAIN", "hermes"), ("CODER", "qwen3_coder"), ("NO_TOOLS", "hermes"), ("THINKS", "hermes")],
)
def test_the_format_of_calls_is_read_from_the_template(kind: str, found: str) -> None:
    text = getattr(templates, kind)
    assert codec_of(template=text).action_format == found
    assert codec_of(template=text, action_format="json").action_format == "json"


def test_hashes_tell_templates_arguments_and_vocabularies_apart() -> None:
    plain, same = (codec_of("qwen3", template=templates.QWEN3) for _ in range(2))
    assert (plain.template_hash, plain.tokenizer_hash) == (same.template_hash, same.tokenizer_hash)
    calm = codec_of("qwen3", template=templates.QWEN3, template_kwargs={"enable_thinking": False})
    others = [codec_of(template=templates.THINKS), calm]
    assert len({codec.template_hash for codec in (plain, *others)}) == 3
    assert {codec.tokenizer_hash for codec in others} == {plain.tokenizer_hash}
    made = tokenizer_with(templates.PLAIN)
    made.add_tokens(["<new>"])
    assert TurnCodec(made).tokenizer_hash != plain.tokenizer_hash


# -- folders


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model without weights: tokenizer, config and processor of a tiny Qwen2.5-VL."""
    made = tmp_path_factory.mktemp("model")
    tokenizer().save_pretrained(made)
    ids = {
        f"{name}_token_id": i
        for name, i in zip(("image", "video", "vision_start", "vision_end"), vision_ids(), strict=True)
    }
    write(made / "config.json", {"model_type": "qwen2_5_vl"} | ids)
    write(made / "preprocessor_config.json", {"patch_size": 14, "merge_size": 2, "size": sizes(4, 64, 28)})
    return made


def vision_ids() -> list[int]:
    return [tokenizer().convert_tokens_to_ids(token) for token in VISION]


def sizes(least: int, most: int, factor: int) -> dict[str, int]:
    return {"shortest_edge": least * factor**2, "longest_edge": most * factor**2}


def write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value))


def test_a_folder_is_loaded_with_its_own_arithmetic(folder: Path) -> None:
    codec = TurnCodec.load(str(folder))
    assert codec.shows_pictures
    assert list(codec.banned) == vision_ids()
    assert codec.expand([PAD], [noise(2000, 2000)])[1][0].length == 64
    assert codec.tokenizer_hash == codec_of().tokenizer_hash


@pytest.mark.parametrize(
    ("name", "told", "most"),
    [
        ("preprocessor_config.json", {"patch_size": 14, "min_pixels": 3136, "max_pixels": 25 * 784}, 25),
        ("preprocessor_config.json", {"patch_size": 16, "merge_size": 2, "size": sizes(4, 36, 32)}, 36),
        ("processor_config.json", {"image_processor": {"patch_size": 14, "size": sizes(4, 49, 28)}}, 49),
    ],
)
def test_every_way_of_writing_sizes_is_read(
    folder: Path, tmp_path: Path, name: str, told: dict[str, Any], most: int
) -> None:
    for path in folder.iterdir():
        if path.name != "preprocessor_config.json":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match=r"has no preprocessor_config\.json that says how it sizes pictures"):
        TurnCodec.load(str(tmp_path))
    write(tmp_path / name, told)
    assert TurnCodec.load(str(tmp_path)).expand([PAD], [noise(3000, 3000)])[1][0].length == most


def test_a_family_that_is_not_known_has_no_eyes(folder: Path, tmp_path: Path) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    write(tmp_path / "config.json", {"model_type": "qwen3"})
    codec = TurnCodec.load(str(tmp_path))
    assert not codec.shows_pictures
    with pytest.raises(UsageError, match="no eyes, or is of a family whose tokens are not known"):
        codec.first(FIRST, [])


def test_what_cannot_be_loaded_is_said_in_a_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for model in (str(tmp_path / "none"), str(tmp_path), "no-such/model"):
        with pytest.raises(UsageError, match="no tokenizer could be loaded for the model"):
            TurnCodec.load(model)
    with pytest.raises(UsageError, match=r"the chat template .*none\.jinja cannot be read"):
        TurnCodec.load(str(folder), chat_template=str(tmp_path / "none.jinja"))
    (tmp_path / "latin.jinja").write_bytes(b"caf\xe9")
    with pytest.raises(UsageError, match=r"latin\.jinja cannot be read"):
        TurnCodec.load(str(folder), chat_template=str(tmp_path / "latin.jinja"))
    (tmp_path / "own.jinja").write_text(templates.THINKS)
    own = TurnCodec.load(str(folder), chat_template=str(tmp_path / "own.jinja"))
    assert own.first(FIRST, [])[-3:] == codec_of(template=templates.THINKS).first(FIRST, [])[-3:]
    assert own.template_hash != TurnCodec.load(str(folder)).template_hash


def test_without_transformers_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any) -> Any:
        if name == "transformers":
            raise ImportError("No module named 'transformers'")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError, match=r'pip install "eyesmith\[hf\]"'):
        TurnCodec.load("anything")


def test_a_codec_needs_no_torch(folder: Path) -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from eyesmith.agents.codec import TurnCodec\n"
        f"codec = TurnCodec.load({str(folder)!r})\n"
        "print(codec.template_hash, codec.tokenizer_hash)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    here = TurnCodec.load(str(folder))
    assert done.stdout.split() == [here.template_hash, here.tokenizer_hash], "the same in every process"
