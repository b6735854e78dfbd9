"""Policies that do not look, or hardly, and what ZoomQA pays them.

Run it: `python examples/zoom_qa_red_team.py --kind street --tasks 150 --train 300`. It prints the rows of
`docs/zoom_qa_cheats.md` for one kind; half a second a task. Privileged policies know where the evidence is
(never what it says), as if the first view had told them.
"""

import argparse
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from string import ascii_uppercase

import cv2
import numpy as np

from eyesmith.envs.describe import make_env
from eyesmith.envs.subject import play
from eyesmith.scenarios.scene import Scene, Target, zoom_box
from eyesmith.tools import ToolCall
from eyesmith.tools.views import ViewStore
from eyesmith.tools.vision import QWEN2_5_VL

ID = "eyesmith/ZoomQA-v0"
REFUSAL = "unanswerable"
DIMENSIONS = 4096
NOISE_LEVELS = 2.0
JPEG_QUALITY = 90
_OPTION = re.compile(r"^([A-H])[.)] (.+)$", re.MULTILINE)


def options_of(prompt: str) -> list[str]:
    """The options of a question, as a policy reads them; none where it is open."""
    return [text for _, text in _OPTION.findall(prompt)]


def says(value: str) -> ToolCall:
    """An answer."""
    return ToolCall("answer", {"value": value})


def guess(prompt: str, rng: np.random.Generator) -> str:
    """The best that can be said of a question that nothing is known about: any option, or a refusal."""
    listed = options_of(prompt)
    if listed:
        return ascii_uppercase[int(rng.integers(len(listed)))]
    return (
        ("yes", "no")[int(rng.integers(2))] if "yes or no" in prompt or "does the shop" in prompt else REFUSAL
    )


def zoom(env, box) -> ToolCall:
    """A look at a box of the picture, in source px."""
    first = env._store.views[0]
    drawn = env.vision.from_px(first.from_source(box), *first.size)
    high = env.vision.bounds(*first.size) * 2
    inside = [min(max(value, 0.0), top) for value, top in zip(drawn, high, strict=True)]
    return ToolCall("zoom_in", {"bbox_2d": inside, "image": "v0"})


def tiles(env, count: int, rng: np.random.Generator) -> Iterator[ToolCall]:
    """Five different tiles of a grid of count x count, or all four of four."""
    height, width = env._store.source.shape[:2]
    for place in rng.permutation(count * count)[:5].tolist():
        left, top = place % count * width / count, place // count * height / count
        yield zoom(env, (left, top, left + width / count, top + height / count))


def enlarged(env, factor: float) -> Iterator[ToolCall]:
    """Privileged: the expert's boxes, a factor wider and higher."""
    height, width = env._store.source.shape[:2]
    for target in env._targets:
        x0, y0, x1, y1 = zoom_box(Target(target.box, target.scale), (height, width))
        dx, dy = (factor - 1) * (x1 - x0) / 2, (factor - 1) * (y1 - y0) / 2
        yield zoom(env, (max(0, x0 - dx), max(0, y0 - dy), min(width, x1 + dx), min(height, y1 + dy)))


def spoken(env) -> ToolCall:
    """Privileged: the right answer."""
    return list(env.expert())[-1]


POLICIES: dict[str, Callable] = {
    "expert": lambda env, rng: list(env.expert()),
    "refuse": lambda env, rng: [says(REFUSAL)],
    "guess an option, else refuse": lambda env, rng: [says(guess(env.task.prompt, rng))],
    "4 tiles of 2x2, guess": lambda env, rng: [*tiles(env, 2, rng), says(guess(env.task.prompt, rng))],
    "5 tiles of 3x3, guess": lambda env, rng: [*tiles(env, 3, rng), says(guess(env.task.prompt, rng))],
    "5 tiles of 4x4, guess": lambda env, rng: [*tiles(env, 4, rng), says(guess(env.task.prompt, rng))],
    "5 tiles of 3x3, refuse": lambda env, rng: [*tiles(env, 3, rng), says(REFUSAL)],
    "privileged: right place, guess": lambda env, rng: [
        *list(env.expert())[:-1], says(guess(env.task.prompt, rng))
    ],
    "privileged: no zoom, right answer": lambda env, rng: [spoken(env)],
    "privileged: boxes twice as wide, right answer": lambda env, rng: [*enlarged(env, 2.0), spoken(env)],
    "privileged: boxes 4 times as wide, right answer": lambda env, rng: [*enlarged(env, 4.0), spoken(env)],
    "letter and refusal": lambda env, rng: [says(f"{guess(env.task.prompt, rng)} {REFUSAL}")],
    "right answer and refusal": lambda env, rng: [
        says(f"{spoken(env).arguments['value']} or {REFUSAL}")
    ],
    "right answer, padded to 200 characters": lambda env, rng: [
        says(f"{spoken(env).arguments['value']}{' the answer' * 18}")
    ],
    "right answer with zero-width joiners": lambda env, rng: [
        says("\u200d".join(spoken(env).arguments["value"]) + "\u200d")
    ],
}  # fmt: skip


def chance(env) -> float:
    """How often `guess` is right: an option's share, where there is an answer; a refusal otherwise."""
    answer, listed = env.task.key["answer"], options_of(env.task.prompt)
    if answer["type"] == "unanswerable":
        return 0.0 if listed else 1.0
    return 1 / len(listed) if listed else 0.5 if answer["type"] == "yesno" else 0.0


# -- learning from the texts


def words(text: str) -> np.ndarray:
    """(DIMENSIONS,) hashed counts of a text's words and of its runs of three characters."""
    found = np.zeros(DIMENSIONS)
    grams = re.findall(r"\w+", text) + [f"#{text[i : i + 3]}" for i in range(len(text) - 2)]
    for gram in grams:
        place = 0
        for character in gram.encode():
            place = (place * 257 + character) % 1_000_003
        found[place % DIMENSIONS] += 1
    return found / max(1.0, np.linalg.norm(found))


def traits(prompt: str) -> np.ndarray:
    """(n, 7) of each option: place, likeness to the others, order among them, digits."""
    listed = options_of(prompt)
    apart = np.array(
        [[sum(a != b for a, b in zip(x, y, strict=False)) for y in listed] for x in listed], float
    )
    order = np.argsort(np.argsort(listed)) / max(1, len(listed) - 1)
    digits = [re.sub(r"\D", "", text) or "0" for text in listed]
    rows = [
        [i == 0, i == len(listed) - 1, apart[i].sum() / len(listed), abs(order[i] - 0.5), order[i],
         int(digits[i][-1]) / 9, int(digits[i][0]) / 9]
        for i in range(len(listed))
    ]  # fmt: skip
    return np.array(rows, float)


def fitted(features: np.ndarray, wanted: np.ndarray, *, ridge: float = 1.0) -> np.ndarray:
    """Weights of a ridge regression with an offset."""
    data = np.hstack([features, np.ones((len(features), 1))])
    return np.linalg.solve(data.T @ data + ridge * np.eye(data.shape[1]), data.T @ wanted)


def learnt(env, train: int) -> dict[str, Callable]:
    """Policies fitted to the texts and keys of train tasks: which option, and whether to refuse."""
    tasks = [env.get_task("train", index) for index in range(train)]
    lacking = np.array([task.key["answer"]["type"] == "unanswerable" for task in tasks], float)
    refuse = fitted(np.array([words(task.prompt) for task in tasks]), lacking)
    choices = [task for task in tasks if task.key["answer"].get("options") and options_of(task.prompt)]
    features = np.vstack([traits(task.prompt) for task in choices])
    counts = [(len(options_of(task.prompt)), task.key["answer"]["value"]) for task in choices]
    right = np.array(
        [float(letter == value) for count, value in counts for letter in ascii_uppercase[:count]]
    )
    choose = fitted(features, right)
    share = float(lacking.mean())

    def told(env, rng):
        if np.append(words(env.task.prompt), 1.0) @ refuse > 0.5:
            return [says(REFUSAL)]
        listed = options_of(env.task.prompt)
        if not listed:
            return [says(guess(env.task.prompt, rng))]
        rows = np.hstack([traits(env.task.prompt), np.ones((len(listed), 1))])
        return [says(ascii_uppercase[int(np.argmax(rows @ choose))])]

    def suspects(env, rng):
        high = np.append(words(env.task.prompt), 1.0) @ refuse > max(share, 0.01)
        return [says(REFUSAL if high else guess(env.task.prompt, rng))]

    return {"learnt from texts": told, "learnt, refuses when likelier than usual": suspects}


# -- reading the first view


def scene_of(task) -> Scene:
    """The scene of a task, generated again; only it knows what other answers would look like."""
    kind = task.payload["kind"]
    rng = np.random.default_rng(np.random.SeedSequence([*task.seed, task.payload["attempt"]]))
    lacking = task.key["answer"]["type"] == "unanswerable"
    told = {} if kind == "swatch" else {"answerable": not lacking}
    return import_module(f"eyesmith.scenarios.{kind}").generate(rng, difficulty=task.difficulty, **told)


def observer(task, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Accuracy of an observer that knows every pixel but the answer: exact, noisy, JPEG; and chance.

    It renders the whole picture for the truth and for each wrong answer of the certificate, and takes the
    nearest to the first view.
    """
    scene = scene_of(task)
    views = []
    for patches in ((), *scene.variants):
        image = scene.image.copy()
        for patch in patches:
            tall, wide = patch.pixels.shape[:2]
            image[patch.y : patch.y + tall, patch.x : patch.x + wide] = patch.pixels
        limits = {name: scene.limits[name] for name in ("max_tokens", "max_side_px") if name in scene.limits}
        views.append(ViewStore(image, QWEN2_5_VL, **limits).pixels("v0").astype(np.float32))
    touched = np.any([view != views[0] for view in views], axis=(0, 3))
    if not touched.any():
        return (1 / len(views),) * 4
    rows, columns = np.nonzero(touched)
    part = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    coded = cv2.imencode(
        ".jpg", views[0].astype(np.uint8)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
    )[1]
    jpeg = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32)
    noisy = views[0] + rng.normal(0, NOISE_LEVELS, views[0].shape).astype(np.float32)

    def hit(shown: np.ndarray) -> float:
        far = np.array([float(((view[part] - shown[part]) ** 2).sum()) for view in views])
        nearest = far == far.min()
        return float(nearest[0]) / nearest.sum()

    return hit(views[0]), hit(noisy), hit(jpeg), 1 / len(views)


def main() -> None:
    """Print a table of policies: reward, accuracy, evidence, efficiency and chance."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kind", default="swatch", choices=("street", "dashboard", "swatch"))
    parser.add_argument("--tasks", type=int, default=10)
    parser.add_argument("--train", type=int, default=0, help="train tasks to learn texts from")
    parser.add_argument("--recipe", default="default", choices=("default", "ergo"))
    parser.add_argument(
        "--observer", type=int, default=0, help="test tasks for the observer of the first view"
    )
    told = parser.parse_args()
    env = make_env(ID, kind=told.kind, recipe=told.recipe)
    policies = {**POLICIES, **(learnt(env, told.train) if told.train else {})}
    rows: dict[str, list[tuple[float, ...]]] = {name: [] for name in policies}
    for index in range(told.tasks):
        task = env.get_task("test", index)
        for place, (name, policy) in enumerate(policies.items()):
            rng = np.random.default_rng([index, place])
            env.begin(task)
            last = list(play(env, task, list(policy(env, rng))))[-1]
            components = [last.components.get(part, 0.0) for part in ("evidence", "efficiency")]
            rows[name].append((last.score, last.metrics["correct"], *components, chance(env)))
    print("| policy | mean reward | correct | evidence | efficiency | chance | n |")
    print("|---|---|---|---|---|---|---|")
    for name, found in rows.items():
        means = " | ".join(f"{value:.3f}" for value in np.mean(found, axis=0))
        print(f"| {name} | {means} | {len(found)} |", flush=True)
    if told.observer:
        seen = [observer(env.get_task("test", i), np.random.default_rng(i)) for i in range(told.observer)]
        names = ("exact pixels", f"noise of {NOISE_LEVELS:g} levels", f"JPEG {JPEG_QUALITY}", "chance")
        print(
            "observer: "
            + ", ".join(f"{n} {v:.3f}" for n, v in zip(names, np.mean(seen, axis=0), strict=True))
        )


if __name__ == "__main__":
    main()
