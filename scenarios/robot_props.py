"""Objects on the robot's table: which, what is hidden, where is room."""

__all__ = ["Props", "facing", "upright"]

from dataclasses import dataclass, field

import numpy as np

from ..tools.robot_look import COLOURS
from ..tools.robot_scene import Body, Fixture, Hinge, Kind, Params

NOUNS = {"box": "box", "cylinder": "cylinder", "puck": "puck", "ball": "ball", "door": "door"}
ROOM_X_M, ROOM_Y_M = (0.30, 0.72), (-0.36, 0.36)
APART_M = 0.05
TRIES = 80
DENSITIES = {"box": 520.0, "cylinder": 520.0, "puck": 900.0, "ball": 700.0, "door": 700.0}  # kg/m3
NOMINAL_FRICTION = {"box": 0.35, "cylinder": 0.35, "puck": 0.2, "ball": 0.3, "door": 0.02}
GREY = (0.34, 0.35, 0.37)


@dataclass
class Props:
    """What is put on the table, one thing after another."""

    rng: np.random.Generator
    difficulty: float
    """0 to 1."""
    bodies: list[Body] = field(default_factory=list)
    fixtures: list[Fixture] = field(default_factory=list)
    mass: list[tuple[float, float]] = field(default_factory=list)
    """Hidden, nominal; kg."""
    friction: list[tuple[float, float]] = field(default_factory=list)
    kept_free: list[tuple[np.ndarray, float]] = field(default_factory=list)
    """Points on the table and how far from them nothing else may stand, m."""

    def __post_init__(self) -> None:
        self._colours = [str(one) for one in self.rng.permutation(list(COLOURS))]

    def off(self) -> float:
        """A factor between what is told and what holds: 2.2 to 4, or one over it; farther off when harder."""
        factor = float(self.rng.uniform(2.2, 3.0 + self.difficulty))
        return factor if self.rng.random() < 0.5 else 1.0 / factor

    def add(
        self,
        kind: Kind,
        size_m: tuple[float, float, float],
        at: np.ndarray,
        yaw: float = 0.0,
        *,
        z: float | None = None,
        hinge: Hinge | None = None,
        friction: tuple[float, float] | None = None,
        mass_factor: float | None = None,
    ) -> Body:
        """Put an object on the table.

        Args:
            kind: of object.
            size_m: full extents.
            at: x and y of its middle.
            yaw: its turn, rad.
            z: height of its middle; None stands it on the table.
            hinge: what it turns on.
            friction: hidden and nominal; None draws them.
            mass_factor: hidden over nominal mass; None draws it.
        """
        colour = self._colours.pop()
        height = size_m[2] / 2.0 if z is None else z
        pose = (float(at[0]), float(at[1]), height, *upright(yaw))
        body = Body(f"{colour} {NOUNS[kind]}", kind, size_m, COLOURS[colour], pose, hinge)
        volume = float(np.prod(size_m)) * {
            "ball": np.pi / 6.0,
            "cylinder": np.pi / 4.0,
            "puck": np.pi / 4.0,
        }.get(kind, 1.0)
        nominal = round(DENSITIES[kind] * volume, 3)
        factor = self.off() if mass_factor is None else mass_factor
        usual = NOMINAL_FRICTION[kind]
        self.bodies.append(body)
        self.mass.append((nominal * factor, nominal))
        self.friction.append((usual * self.off(), usual) if friction is None else friction)
        self.kept_free.append((np.array(at, float), float(np.hypot(size_m[0], size_m[1])) / 2.0))
        return body

    def fix(
        self, name: str, kind: str, size_m: tuple[float, float, float], at: np.ndarray, yaw: float = 0.0
    ) -> None:
        """Put something on the table that never moves: box, cylinder or mat."""
        pose = (float(at[0]), float(at[1]), size_m[2] / 2.0, *upright(yaw))
        self.fixtures.append(Fixture(name, kind, size_m, GREY, pose))  # pyright: ignore[reportArgumentType]
        if kind != "mat":
            self.kept_free.append((np.array(at, float), float(np.hypot(size_m[0], size_m[1])) / 2.0))

    def keep_free(self, start: np.ndarray, end: np.ndarray, half_m: float) -> None:
        """Keep a strip of the table free."""
        count = max(2, int(np.linalg.norm(end - start) / 0.03) + 1)
        self.kept_free += [(start + share * (end - start), half_m) for share in np.linspace(0.0, 1.0, count)]

    def add_bystanders(self, count: int) -> None:
        """Objects that nothing touches, where there is room; fewer where there is none."""
        for _ in range(count):
            kind: Kind = ("box", "cylinder", "box")[int(self.rng.integers(3))]
            side = float(self.rng.uniform(0.036, 0.055))
            height = float(self.rng.uniform(0.036, 0.08))
            at = self._room(side * 0.71)
            if at is not None:
                self.add(kind, (side, side, height), at, float(self.rng.uniform(-0.8, 0.8)))

    def _room(self, half_m: float) -> np.ndarray | None:
        for _ in range(TRIES):
            at = np.array([self.rng.uniform(*ROOM_X_M), self.rng.uniform(*ROOM_Y_M)])
            if all(np.linalg.norm(at - other) > half_m + far + APART_M for other, far in self.kept_free):
                return at
        return None

    @property
    def hidden(self) -> Params:
        """What holds."""
        return Params(tuple(one for one, _ in self.mass), tuple(one for one, _ in self.friction))

    @property
    def nominal(self) -> Params:
        """What is told."""
        return Params(tuple(one for _, one in self.mass), tuple(one for _, one in self.friction))


def upright(yaw: float) -> tuple[float, float, float, float]:
    """The quaternion of a turn about z."""
    return float(np.cos(yaw / 2.0)), 0.0, 0.0, float(np.sin(yaw / 2.0))


def facing(angle: float) -> np.ndarray:
    """(2,) unit vector at an angle from x, rad."""
    return np.array([np.cos(angle), np.sin(angle)])
