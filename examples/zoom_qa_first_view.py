"""A reader of ZoomQA's first view that knows the print: how much is left in it.

Run it: `python examples/zoom_qa_first_view.py --tasks 150`. For each choice about one plate of a street it is
told where the plate is and which row is asked about, draws every option in every style of plate, shrinks it
as the first view is shrunk, and takes the option that fits best, whatever the light and the ink. No vision
model works like that; the numbers say what the certificate does not promise.
"""

import argparse

import cv2
import numpy as np

from eyesmith.envs.describe import make_env
from eyesmith.scenarios.scene import Scene
from eyesmith.scenarios.street import CAPS_PX, generate
from eyesmith.scenarios.street_plates import STYLES, Plate
from eyesmith.scenarios.task import Task
from eyesmith.tools.views import ViewStore
from eyesmith.tools.vision import QWEN2_5_VL

PLAIN = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
INK = 0.5
NOISE_LEVELS = 2.0
JPEG_QUALITY = 90


def scene_of(task: Task) -> Scene:
    """The scene of a task that has an answer, generated again: it knows where its plates are."""
    rng = np.random.default_rng(np.random.SeedSequence([*task.seed, task.payload["attempt"]]))
    return generate(rng, difficulty=task.difficulty)


def first_view(image: np.ndarray) -> np.ndarray:
    """(h, w) float64: grey levels of the first view."""
    return ViewStore(image, QWEN2_5_VL).pixels("v0").mean(axis=2, dtype=np.float64)


def asked_plate(scene: Scene) -> dict | None:
    """The plate that holds the answer, as the scene's facts tell it."""
    kind, (x0, y0, x1, y1) = scene.facts["template"].split(":")[1], scene.targets[-1].box
    for plate in scene.facts["plates"]:
        left, top, right, bottom = plate["box"]
        if plate["kind"] == kind and left <= x0 and top <= y0 and x1 <= right and y1 <= bottom:
            return plate
    return None


def read(scene: Scene, shown: np.ndarray, difficulty: int, off_px: tuple[int, int]) -> str:
    """The option that fits the first view best, the plate being thought `off_px` beside its place."""
    told = asked_plate(scene)
    right = scene.answer["options"]["ABCDEF".index(scene.answer["value"])]
    row = next(i for i, (_, value) in enumerate(told["rows"]) if value.startswith(right))
    key, true = told["rows"][row]
    found = []
    for style in STYLES[told["kind"]]:
        rows = [tuple(line) for line in told["rows"]]
        x, y = round(told["box"][0]) + off_px[0], round(told["box"][1]) + off_px[1]
        plate = Plate(told["kind"], "", style, CAPS_PX[difficulty - 1], rows, x, y)
        height, width = plate.size
        if abs(width - (told["box"][2] - told["box"][0])) > 6:
            continue  # another style, whose letters are wider
        for option in scene.answer["options"]:
            # the other rows are unknown: only their keys are drawn
            drawn = [(mark, "") for mark, _ in rows]
            drawn[row] = (key, option + true[len(right) :])
            board = plate.render(drawn, ink=INK, grade=PLAIN)
            image = np.full(scene.image.shape, board.mean(), np.uint8)
            image[y : y + height, x : x + width] = board
            view = first_view(image)
            scale = view.shape[1] / image.shape[1]
            x0, y0, x1, y1 = (np.array(plate.row_box(row)) * scale).round().astype(int)
            part = np.s_[y0 - 1 : y1 + 1, x0 + 1 : x1 - 1]
            known = np.stack([view[part].ravel(), np.ones(view[part].size)], axis=1)
            weights = np.linalg.lstsq(known, shown[part].ravel(), rcond=None)[0]
            error = float(((known @ weights - shown[part].ravel()) ** 2).sum())
            found.append((error if weights[0] > 0 else np.inf, option))
    return min(found)[1]


def main() -> None:
    """Print the reader's accuracy, exact and with less luck."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tasks", type=int, default=12)
    env = make_env("eyesmith/ZoomQA-v0", kind="street")
    rows = []
    for index in range(parser.parse_args().tasks):
        task = env.get_task("test", index)
        if task.key["answer"]["type"] != "choice":
            continue
        scene = scene_of(task)
        if scene.facts["template"].startswith("search") or asked_plate(scene) is None:
            continue
        rng = np.random.default_rng(index)
        exact = ViewStore(scene.image, QWEN2_5_VL).pixels("v0")
        coded = cv2.imencode(".jpg", exact, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        grey = exact.mean(axis=2, dtype=np.float64)
        right = scene.answer["options"]["ABCDEF".index(scene.answer["value"])]
        shown = {
            "exact pixels": (grey, (0, 0)),
            "noise": ((exact + rng.normal(0, NOISE_LEVELS, exact.shape)).mean(axis=2), (0, 0)),
            "JPEG": (cv2.imdecode(coded, cv2.IMREAD_COLOR).mean(axis=2), (0, 0)),
            "place off by a pixel": (grey, (int(rng.choice([-1, 1])), int(rng.choice([-1, 1])))),
        }
        hits = [read(scene, view, task.difficulty, off) == right for view, off in shown.values()]
        rows.append([*hits, 1 / len(scene.answer["options"])])
    names = (*shown, "chance")
    print(", ".join(f"{name} {value:.3f}" for name, value in zip(names, np.mean(rows, axis=0), strict=True)))
    print(f"n {len(rows)}; read without a zoom, a right answer earns a reward of 0.6")


if __name__ == "__main__":
    main()
