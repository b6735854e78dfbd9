"""The shipped fonts: all there, small, licensed, and the only ones."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from eyesmith.errors import UsageError
from eyesmith.tools.fonts import FACES, font, font_path

ALL = [(face, weight) for face, weights in FACES.items() for weight in weights]
MAX_BYTES = 120_000


@pytest.mark.parametrize(("face", "weight"), ALL)
def test_each_face_is_shipped_and_draws(face, weight) -> None:
    path = font_path(face, weight)
    assert path.is_file()
    assert path.stat().st_size <= MAX_BYTES
    picture = Image.new("L", (400, 60))
    ImageDraw.Draw(picture).text((5, 5), "Hamburg 0123 éßÅ €", font=font(face, 32, weight), fill=255)
    assert 0.02 < (np.asarray(picture) > 128).mean() < 0.5
    assert font(face, 32, weight).layout_engine == ImageFont.Layout.BASIC


@pytest.mark.parametrize(("face", "weight"), ALL)
def test_letters_that_scenes_use_are_in_the_subset(face, weight) -> None:
    shown = font(face, 40, weight)
    missing = shown.getmask("\uffff").getbbox(), bytes(shown.getmask("\uffff"))
    for letter in "ABCXYZabcxyz0123456789.,:;-+%/()&éèüöäßñçøåÉÜ€£°":
        mask = shown.getmask(letter)
        assert mask.getbbox() is not None, letter
        assert (mask.getbbox(), bytes(mask)) != missing, letter


def test_weights_differ() -> None:
    for face, weights in FACES.items():
        inks = [sum(bytes(font(face, 40, weight).getmask("Hamburg"))) for weight in weights]
        assert inks == sorted(inks)
        assert len(set(inks)) == len(inks)


def test_nothing_unlisted_is_shipped_and_each_has_its_licence() -> None:
    folder = font_path(*ALL[0]).parent
    assert {path.name for path in folder.glob("*.ttf")} == {f"{face}-{weight}.ttf" for face, weight in ALL}
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.txt")}
    assert any("SIL OPEN FONT LICENSE" in text.upper() for text in texts.values())
    assert any("BITSTREAM VERA" in text.upper() or "DEJAVU" in text.upper() for text in texts.values())


@pytest.mark.parametrize(
    ("face", "weight", "words"),
    [
        ("Intre", 400, "Did you mean 'Inter'"),
        ("Arial", 400, "shipped: BarlowCondensed"),
        ("Inter", 500, r"weights \(400, 600, 700\), not 500"),
    ],
)
def test_unknown_fonts(face, weight, words) -> None:
    with pytest.raises(UsageError, match=words):
        font_path(face, weight)
    with pytest.raises(UsageError, match=words):
        font(face, 12, weight)
