"""From messages to token ids: rendered once, then only appended to.

Knows a tokenizer and its chat template, no engine. Two tracks: engine ids hold one pad a picture, which the
engine expands itself; training ids hold every visual token.
"""

__all__ = ["TurnCodec"]

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ..errors import InfrastructureError, MissingExtraError, UsageError
from ..tools.tool import Image
from ..tools.vision import VisionSpec
from ..trajectories.record import ImageSpan
from .template import ChatTemplate

Message = Mapping[str, Any]

# model_type -> tokens that stand for pictures and videos; the first is the pad of a picture.
VISION_TOKENS = ("image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id")
VISION_FAMILIES = ("qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe", "qwen3_5", "qwen3_5_moe")


class TurnCodec:
    """The tokens of a conversation, of one tokenizer and template.

    Args:
        tokenizer: of transformers, with a chat template.
        vision: token arithmetic of the model's pictures; None for a model without eyes.
        vision_ids: ids that stand for pictures and videos, the pad of a picture first.
        template_kwargs: further arguments of the template, such as `enable_thinking`.
        action_format: how the model writes calls; None to read it from the template.

    Raises:
        UsageError: a template to which nothing can be appended.
    """

    def __init__(
        self,
        tokenizer: Any,
        *,
        vision: VisionSpec | None = None,
        vision_ids: Sequence[int] = (),
        template_kwargs: Mapping[str, Any] | None = None,
        action_format: str | None = None,
    ) -> None:
        self._tokenizer, self._vision = tokenizer, vision
        self._kwargs = dict(template_kwargs or {})
        self.banned = tuple(vision_ids)
        self._pad = vision_ids[0] if vision_ids else None
        placeholders = [tokenizer.convert_ids_to_tokens(i) for i in vision_ids]
        added = tokenizer.added_tokens_decoder.values()  # of which a tokenizer names only some as special
        special = {*tokenizer.all_special_tokens, *(token.content for token in added if token.special)}
        picture = placeholders[0] if placeholders else None
        controls = [token for token in (*special, *placeholders) if len(token) > 1]
        self._template = ChatTemplate(tokenizer, controls, picture, self._kwargs)
        self.close_id: int = tokenizer.convert_tokens_to_ids(self._template.close)
        self._ends = {self.close_id, tokenizer.eos_token_id} - {None}
        is_coder = "<function=" in str(tokenizer.chat_template) and self._template.knows_tools
        self.action_format = action_format or ("qwen3_coder" if is_coder else "hermes")
        self.remarks = self._template.remarks

    @classmethod
    def load(
        cls,
        model: str,
        *,
        revision: str | None = None,
        chat_template: str | None = None,
        template_kwargs: Mapping[str, Any] | None = None,
        action_format: str | None = None,
    ) -> "TurnCodec":
        """The codec of a model's folder, or of its name where the files are there already.

        Args:
            model: folder or name.
            revision: of a name.
            chat_template: a file that replaces the model's own template.
            template_kwargs: see the class.
            action_format: see the class.

        Raises:
            MissingExtraError: transformers is not installed.
            UsageError: no tokenizer there, or one that cannot be used.
        """
        try:
            from transformers import AutoConfig, AutoTokenizer
        except ImportError as error:
            raise MissingExtraError(
                f'a model needs transformers for its tokenizer: pip install "eyesmith[hf]" ({error})'
            ) from None
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(model, revision=revision)
            config = AutoConfig.from_pretrained(model, revision=revision)
        except (OSError, ValueError, KeyError) as error:
            line = str(error).strip().splitlines()[0]
            raise UsageError(
                f"no tokenizer could be loaded for the model {model!r} ({line}): give the folder of the "
                "model, or --tokenizer with a folder that has it"
            ) from None
        if chat_template is not None:
            try:
                tokenizer.chat_template = Path(chat_template).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"the chat template {chat_template} cannot be read: {error}") from None
        vision_ids = [getattr(config, name, None) for name in VISION_TOKENS]
        sees = config.model_type in VISION_FAMILIES and vision_ids[0] is not None
        return cls(
            tokenizer,
            vision=_vision_spec(model, config.model_type, revision) if sees else None,
            vision_ids=[i for i in vision_ids if i is not None] if sees else (),
            template_kwargs=template_kwargs,
            action_format=action_format,
        )

    @property
    def template_hash(self) -> str:
        """sha256 of the template's text and arguments."""
        told = json.dumps([self._tokenizer.chat_template, self._kwargs], sort_keys=True)
        return sha256(told.encode()).hexdigest()

    @property
    def tokenizer_hash(self) -> str:
        """sha256 of the vocabulary with its added tokens."""
        vocabulary = sorted(self._tokenizer.get_vocab().items(), key=lambda item: item[1])
        return sha256(json.dumps(vocabulary).encode()).hexdigest()

    @property
    def shows_pictures(self) -> bool:
        """Whether the model has eyes."""
        return self._pad is not None

    def first(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> list[int]:
        """Engine ids of a whole conversation, up to where the assistant begins.

        Raises:
            UsageError: pictures for a model without eyes, or a template that does not show them all.
        """
        return self._encoded(*self._template.whole(messages, tools))

    def following(self, messages: Sequence[Message]) -> list[int]:
        """Engine ids of what comes behind the assistant's closing token, up to where it begins again.

        Raises:
            UsageError: as `first`.
        """
        return self._encoded(*self._template.following(messages))

    def closing(self, token_ids: Sequence[int]) -> list[int]:
        """What must be put behind sampled ids to close the turn: nothing where the model did it itself."""
        return [] if token_ids and token_ids[-1] == self.close_id else [self.close_id]

    def said(self, text: str) -> list[int]:
        """Ids of a whole turn of the assistant, its closing token among them; the reverse of `text`."""
        return [*self._tokenizer.encode(text, add_special_tokens=False), self.close_id]

    def text(self, token_ids: Sequence[int]) -> str:
        """What the model said, without closing tokens."""
        ids = list(token_ids)
        while ids and ids[-1] in self._ends:
            ids.pop()
        return self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)

    def expand(
        self, engine_ids: Sequence[int], images: Sequence[Image], *, offset: int = 0, first_image: int = 0
    ) -> tuple[list[int], list[ImageSpan]]:
        """Training ids of engine ids, and where the pictures stand in them.

        Args:
            engine_ids: with one pad a picture.
            images: the pictures, in order.
            offset: training ids that stand before.
            first_image: number of the first picture.

        Raises:
            UsageError: another number of pads than pictures.
            InfrastructureError: a picture that the model cannot take; one must not end a whole collection.
        """
        if engine_ids.count(self._pad) != len(images) if self._pad is not None else bool(images):
            raise UsageError(f"{len(images)} pictures do not fit {engine_ids.count(self._pad)} pads")
        ids: list[int] = []
        spans: list[ImageSpan] = []
        for token in engine_ids:
            if token != self._pad:
                ids.append(token)
                continue
            count = self._visual_tokens(images[len(spans)])
            spans.append(ImageSpan(offset + len(ids), count, first_image + len(spans)))
            ids += [token] * count
        return ids, spans

    def _visual_tokens(self, image: Image) -> int:
        assert self._vision is not None  # with a pad there is arithmetic for it
        try:
            return self._vision.tokens(*self._vision.size(*image.array.shape[:2]))
        except UsageError as error:
            raise InfrastructureError(f"the model takes no such picture: {error}") from None

    def _encoded(self, text: str, pictures: int) -> list[int]:
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False)
        if pictures and self._pad is None:
            raise UsageError(
                "this environment shows pictures, and the model has no eyes, or is of a family whose tokens "
                f"are not known here ({', '.join(VISION_FAMILIES)} are): use one that has some, or "
                "--backend openai"
            )
        if self._pad is not None and ids.count(self._pad) != pictures:
            raise UsageError(
                f"the chat template shows {ids.count(self._pad)} of {pictures} pictures: give another with "
                "--chat-template FILE"
            )
        return ids


def _vision_spec(model: str, family: str, revision: str | None) -> VisionSpec:
    """The arithmetic that the model's own image processor does."""
    from transformers.utils.hub import cached_file

    for name in ("preprocessor_config.json", "processor_config.json"):
        path = cached_file(model, name, revision=revision, _raise_exceptions_for_missing_entries=False)
        if path is None:
            continue
        read = json.loads(Path(path).read_text())
        told = read.get("image_processor", read)
        if "patch_size" not in told:
            continue
        size = told.get("size") or {}
        factor = told["patch_size"] * told.get("merge_size", 2)
        least = told.get("min_pixels") or size.get("shortest_edge") or size.get("min_pixels")
        most = told.get("max_pixels") or size.get("longest_edge") or size.get("max_pixels")
        if least and most:
            return VisionSpec(
                family,
                told["patch_size"],
                told.get("merge_size", 2),
                min_tokens=least / factor**2,
                max_tokens=most / factor**2,
            )
    raise UsageError(f"the model {model!r} has no preprocessor_config.json that says how it sizes pictures")
