"""Pictures of the gallery: what the experts make, environment by environment.

    python examples/make_gallery.py [DIR] [--rays N]

Writes one JPEG an environment, and an animation of robots, into DIR (default docs/images).
"""

import argparse
import io
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from eyesmith.envs.describe import make_env
from eyesmith.envs.subject import play
from eyesmith.scenarios.gui_marks import marked
from eyesmith.scenarios.robot_scenes import robot_scene
from eyesmith.tools.city_views import draw
from eyesmith.tools.robot_rollout import simulate
from eyesmith.tools.robot_views import pretty

SLIDES = ((0, 0), (0, 2), (3, 3), (6, 0), (9, 2), (12, 4), (15, 0), (18, 3), (21, 5))
"""Index of a written brief, and of a slide of its deck."""
CITIES = ((4, 3, "iso"), (4, 8, "street"), (5, 4, "iso"), (3, 2, "iso"), (4, 8, "plan"), (4, 13, "section"))
"""Difficulty, index of a task, and view."""
SCREENS = (1, 8, 2, 12, 5)
"""Indices of single steps."""
SCREEN_PX = (270, 600)
ROBOTS = (
    ("slide", 8, 0.6, 0.5),
    ("stack", 9, 0.9, 0.62),
    ("topple", 5, 0.6, 0.48),
    ("hinge", 3, 0.3, 0.9),
    ("push", 2, 1.0, 0.45),
    ("roll", 6, 0.8, 0.6),
)
"""Family, seed and difficulty of a scene, and the share of its time."""
FILMS = (("topple", 5, 0.6), ("stack", 9, 0.9), ("roll", 6, 0.8))
RAYS, FILM_SHARE = 64, 6  # of a picture; of a film so many times fewer
FILM_PX, FILM_STEP, FILM_MS, FILM_QUALITY = (320, 240), 2, 100, 60
COLUMNS, CELL_PX, GAP_PX = 3, (560, 315), 14
PAPER = (232, 229, 226)
QUALITY = 84


def slides() -> np.ndarray:
    """(H, W, 3) uint8: slides of nine decks by the expert."""
    env = make_env("eyesmith/SlideBuild-v0", kind="written", difficulty=3)
    cells = []
    for index, number in SLIDES:
        for _ in play(env, env.get_task("train", index)):
            pass
        deck = env._slides.deck
        cells.append(
            cv2.resize(deck.shown(min(number, len(deck) - 1)).image, CELL_PX, interpolation=cv2.INTER_AREA)
        )
    return tiled(cells)


def cities() -> np.ndarray:
    """(H, W, 3) uint8: views of cities by the expert."""
    cells = []
    for difficulty, index, view in CITIES:
        env = make_env("eyesmith/CityProgram-v0", difficulty=difficulty)
        for _ in play(env, env.get_task("train", index)):
            pass
        large = (2 * CELL_PX[0], 2 * CELL_PX[1])
        picture = draw(env._city.city, view, size_px=large).array
        cells.append(cv2.resize(picture, CELL_PX, interpolation=cv2.INTER_AREA))
    return tiled(cells)


def screens() -> np.ndarray:
    """(H, W, 3) uint8: screens with their actions, each beside the next screen."""
    env = make_env("eyesmith/GuiNextState-v0", mode="single")
    cells = []
    for index in SCREENS:
        for _ in play(env, env.get_task("train", index)):
            pass
        stage = env._world.stages[0]
        for picture in (marked(stage.before.image, stage.action), stage.true.image):
            cells.append(cv2.resize(picture, SCREEN_PX, interpolation=cv2.INTER_AREA))
    return tiled(cells, columns=len(cells))


def robots(rays: int) -> np.ndarray:
    """(H, W, 3) uint8: moments of robot scenes, soft light by so many rays."""
    cells = []
    for family, seed, difficulty, share in ROBOTS:
        scene = robot_scene(family, seed, difficulty)
        rollout = simulate(scene)
        tick = round(share * rollout.ticks)
        size = (CELL_PX[0], CELL_PX[0] * 3 // 4)
        shown = (scene, rollout.joints[tick], float(rollout.width[tick]), rollout.poses[tick])
        cells.append(pretty(*shown, size_px=size, rays=rays))
    return tiled(cells)


def robot_film(rays: int) -> bytes:
    """A WebP animation: scenes of three families side by side."""
    scenes = [robot_scene(*one) for one in FILMS]
    rollouts = [simulate(scene) for scene in scenes]
    pictures = []
    for tick in range(0, max(one.ticks for one in rollouts) + 1, FILM_STEP):
        cells = []
        for scene, rollout in zip(scenes, rollouts, strict=True):
            t = min(tick, rollout.ticks)
            shown = (scene, rollout.joints[t], float(rollout.width[t]), rollout.poses[t])
            cells.append(pretty(*shown, size_px=FILM_PX, rays=rays))
        pictures.append(Image.fromarray(np.hstack(cells)))
    held = io.BytesIO()
    first, *others = pictures
    first.save(
        held, "WEBP", save_all=True, append_images=others, duration=FILM_MS, quality=FILM_QUALITY, method=6
    )
    return held.getvalue()


def tiled(cells: list[np.ndarray], *, columns: int = COLUMNS) -> np.ndarray:
    """Pictures of one size side by side."""
    rows = -(-len(cells) // columns)
    height, width = cells[0].shape[:2]
    sheet = np.full(
        (rows * (height + GAP_PX) + GAP_PX, columns * (width + GAP_PX) + GAP_PX, 3), PAPER, np.uint8
    )
    for number, cell in enumerate(cells):
        row, column = divmod(number, columns)
        y, x = GAP_PX + row * (height + GAP_PX), GAP_PX + column * (width + GAP_PX)
        sheet[y : y + height, x : x + width] = cell
    return sheet


def main() -> None:
    """Write every picture."""
    parser = argparse.ArgumentParser(description="Pictures of the gallery.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs/images"))
    parser.add_argument("--rays", type=int, default=RAYS, help=f"of a robot's picture (default {RAYS})")
    asked = parser.parse_args()
    folder = asked.folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in (
        ("cities", cities),
        ("robots", partial(robots, asked.rays)),
        ("screens", screens),
        ("slides", slides),
    ):
        path = folder / f"{name}.jpg"
        cv2.imwrite(str(path), made()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        print(f"{path}  {path.stat().st_size / 1000:.0f} kB")
    path = folder / "robots.webp"
    path.write_bytes(robot_film(max(1, asked.rays // FILM_SHARE)))
    print(f"{path}  {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
