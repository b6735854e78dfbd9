"""Swatch charts: the first view is the same to the last bit for all eight answers."""

import numpy as np
import pytest

from eyesmith.scenarios.scene import certify, zoom_box
from eyesmith.scenarios.swatch import COLOURS, SIDE_PX, generate
from eyesmith.tools.views import ViewStore, resample
from eyesmith.tools.vision import GENERIC, QWEN2_5_VL, QWEN3_VL

SPECS = [QWEN2_5_VL, QWEN3_VL, GENERIC]


@pytest.fixture(params=[1, 2, 3, 4, 5])
def scene(request):
    return generate(np.random.default_rng(request.param), difficulty=request.param)


def repainted(scene, variant):
    image = scene.image.copy()
    for patch in scene.variants[variant]:
        tall, wide = patch.pixels.shape[:2]
        image[patch.y : patch.y + tall, patch.x : patch.x + wide] = patch.pixels
    return image


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_no_answer_changes_a_bit_of_the_first_view(scene, spec):
    store = ViewStore(scene.image, spec, max_tokens=64, max_side_px=224)
    view = store.views[0]
    assert view.size == (224, 224)
    for variant in range(len(scene.variants)):
        other = resample(repainted(scene, variant), view.box, view.size)
        assert np.array_equal(other, store.pixels("v0"))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_one_zoom_shows_the_colour_plainly(scene, spec):
    proof = certify(scene, spec)
    assert proof.first_rms == 0
    assert proof.zoom_rms > 25
    target = scene.targets[-1]
    box = zoom_box(target, scene.image.shape[:2])
    view = resample(scene.image, box, (224, 224)).reshape(-1, 3).astype(int)
    colour = np.array(COLOURS[scene.facts["colour"]])
    assert (np.abs(view - colour).max(axis=1) <= 12).mean() > 0.2


def test_the_same_seed_gives_the_same_bytes():
    first = generate(np.random.default_rng(7), difficulty=3)
    generate(np.random.default_rng(8), difficulty=5)
    again = generate(np.random.default_rng(7), difficulty=3)
    assert np.array_equal(first.image, again.image)
    assert (first.question, first.answer, first.targets) == (again.question, again.answer, again.targets)


def test_answers_and_places_are_spread():
    cells, colours = set(), []
    for seed in range(60):
        facts = generate(np.random.default_rng(seed), difficulty=1).facts
        cells.add(facts["cell"])
        colours.append(facts["colour"])
    assert len(cells) >= 14
    assert max(colours.count(name) for name in COLOURS) <= 18


def test_the_key_is_the_colour_under_the_target(scene):
    x0, y0, x1, y1 = (int(v) for v in scene.targets[-1].box)
    assert 0 <= x0 < x1 <= SIDE_PX
    pixels = scene.image[y0:y1, x0:x1].reshape(-1, 3)
    wanted = COLOURS[scene.facts["colour"]]
    assert (pixels == wanted).all(axis=1).mean() > 0.15
    letter = scene.answer["value"]
    assert list(COLOURS)["ABCDEFGH".index(letter)] == scene.facts["colour"]
