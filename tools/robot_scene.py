"""Scenes of the robot: what stands there, what is hidden, what is told.

Plain data and the MJCF made of it. Poses are x y z qw qx qy qz in the world's frame: m, unit quaternions,
z up, the table's top at 0, the arm's foot at the origin looking along x.
"""

__all__ = ["CAMERAS", "VIEWS", "Body", "Fixture", "Goal", "Hinge", "Params", "Scene"]

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Literal

import numpy as np

from ..rewards.robot_state import Symmetry
from .robot_kinematics import TICK_S, Waypoint
from .robot_look import FLOOR_Z_M, TABLE_CENTER_M, TABLE_SIZE_M, Look
from .robot_mjcf import ARM_XML, text_of, world_xml

VIEWS = ("front", "side", "wrist")
CAMERAS = (*VIEWS, "pretty")
GHOST_MARGIN_M = 0.003
ROLLING_M = 0.004  # rolling friction of a ball, m a unit of its friction
BALL_SLIDES = 0.6
HINGE_DAMPING = 0.003
BODY_FRICTION_PRIORITY = 1  # above table and fixtures, below the rubber of the fingertips
# Bits: 1 objects, 2 arm, 4 doors, 8 what stands still. The arm meets all but itself, doors what moves.
STATIC_MEETS = 'contype="8" conaffinity="3"'
GHOST_TABLE_MEETS = 'contype="8" conaffinity="2"'  # how deep objects lie in it is a formula (robot_facts.py)
DOOR_MEETS = 'contype="4" conaffinity="3"'

Kind = Literal["box", "cylinder", "puck", "ball", "door"]


@dataclass(frozen=True)
class Hinge:
    """An upright axis that a body turns about."""

    position: tuple[float, float, float]
    """A point on it, m."""
    lower: float
    """The least turn from the start, rad."""
    upper: float
    """The largest one."""


@dataclass(frozen=True)
class Body:
    """An object that can move."""

    name: str
    """Colour and kind, as "red box"."""
    kind: Kind
    size_m: tuple[float, float, float]
    """Full extents along its own axes; a cylinder stands along z."""
    colour: tuple[float, float, float]
    """0 to 1."""
    pose: tuple[float, ...]
    """(7,) of its middle at the start."""
    hinge: Hinge | None = None
    """None: it is free."""

    @property
    def symmetry(self) -> Symmetry:
        """Which turns of it cannot be seen."""
        if self.kind == "ball":
            return "ball"
        if self.kind in ("cylinder", "puck"):
            return "axis"
        return "square" if self.kind == "box" and self.size_m[0] == self.size_m[1] else "none"

    def inertia(self, mass_kg: float) -> np.ndarray:
        """(3,) kg m2 about its own axes."""
        x, y, z = self.size_m
        if self.kind == "ball":
            return np.full(3, 0.1 * mass_kg * x * x)
        if self.kind in ("cylinder", "puck"):
            side = mass_kg * (0.75 * x * x + z * z) / 12.0
            return np.array([side, side, mass_kg * x * x / 8.0])
        return mass_kg / 12.0 * np.array([y * y + z * z, x * x + z * z, x * x + y * y])


@dataclass(frozen=True)
class Fixture:
    """Something that never moves."""

    name: str
    kind: Literal["box", "cylinder", "mat"]
    """A mat is only seen, nothing touches it."""
    size_m: tuple[float, float, float]
    colour: tuple[float, float, float]
    pose: tuple[float, ...]


@dataclass(frozen=True)
class Params:
    """What cannot be seen of the objects."""

    mass_kg: tuple[float, ...]
    friction: tuple[float, ...]
    """Of sliding on the table; of rolling, in units of 4 mm, for a ball; of the hinge, N m, for a door."""


@dataclass(frozen=True)
class Goal:
    """What the instruction asks for."""

    body: str
    """Name of the object, or "" where only the arm moves."""
    position: tuple[float, float, float]
    """Where its middle, or the tool, should come to."""


@dataclass(frozen=True)
class Scene:
    """A table with objects, and an arm with commands."""

    id: str
    family: str
    bodies: tuple[Body, ...]
    fixtures: tuple[Fixture, ...]
    hidden: Params
    """What holds."""
    nominal: Params
    """What is told."""
    look: Look
    start_joints: tuple[float, ...]
    """(7,) rad."""
    start_width: float
    """m"""
    waypoints: tuple[Waypoint, ...]
    """What the commands were made of."""
    actions: tuple[tuple[float, ...], ...]
    """The commands as plain numbers."""
    instruction: str
    goal: Goal

    @cached_property
    def commands(self) -> np.ndarray:
        """(T, 8), read-only: joint angles, rad, and opening, m, at the end of each tick of 0.05 s."""
        made = np.array(self.actions, float).reshape(-1, 8)
        made.flags.writeable = False
        return made

    @property
    def names(self) -> tuple[str, ...]:
        """Of the objects."""
        return tuple(body.name for body in self.bodies)

    @property
    def ticks(self) -> int:
        """How many commands there are."""
        return len(self.actions)

    @property
    def seconds(self) -> float:
        """How long they take."""
        return self.ticks * TICK_S

    @cached_property
    def start_poses(self) -> np.ndarray:
        """(n, 7), read-only."""
        made = np.array([body.pose for body in self.bodies], float).reshape(-1, 7)
        made.flags.writeable = False
        return made

    @cached_property
    def digest(self) -> str:
        """Of everything, hidden parameters included; 16 hex digits."""
        parts = (self.mjcf(), self.start_joints, self.start_width, self.actions, self.look, self.instruction)
        return sha256(repr(parts).encode()).hexdigest()[:16]

    def mjcf(self, params: Params | None = None) -> str:
        """The model that is simulated.

        Args:
            params: masses and frictions; None takes the hidden ones.
        """
        held = self.hidden if params is None else params
        rows = zip(self.bodies, held.mass_kg, held.friction, strict=True)
        objects = "".join(_body_xml(n, *row) for n, row in enumerate(rows))
        fixtures = "".join(_fixture_xml(n, one) for n, one in enumerate(self.fixtures))
        return world_xml(ARM_XML, _table_xml(TABLE_SIZE_M[2]) + fixtures + objects)

    def ghost_mjcf(self) -> str:
        """A model that takes any poses: nothing is held by a hinge, what is within 3 mm is told."""
        objects = "".join(_ghost_xml(n, body) for n, body in enumerate(self.bodies))
        fixtures = "".join(_fixture_xml(n, one) for n, one in enumerate(self.fixtures))
        return world_xml(ARM_XML, _table_xml(-FLOOR_Z_M, GHOST_TABLE_MEETS) + fixtures + objects)


def _table_xml(thick_m: float, meets: str = STATIC_MEETS) -> str:
    (x, y), (length, width, _) = TABLE_CENTER_M, TABLE_SIZE_M
    return (
        f'<geom name="table" type="box" pos="{x} {y} {-thick_m / 2}" '
        f'size="{length / 2} {width / 2} {thick_m / 2}" {meets} friction="0.5 0.005 0.0001"/>'
        f'<geom name="floor" type="plane" size="8 8 1" pos="0 0 {FLOOR_Z_M}" {meets} '
        f'friction="0.8 0.005 0.0001"/>'
    )


def _fixture_xml(number: int, fixture: Fixture) -> str:
    if fixture.kind == "mat":
        return ""
    return (
        f'<geom name="fixture{number}" pos="{text_of(fixture.pose[:3])}" quat="{text_of(fixture.pose[3:])}" '
        f'{_shape(fixture.kind, fixture.size_m)} {STATIC_MEETS} friction="0.4 0.005 0.0001"/>'
    )


def _shape(kind: str, size_m: tuple[float, float, float]) -> str:
    x, y, z = (one / 2.0 for one in size_m)
    if kind == "ball":
        return f'type="sphere" size="{x}"'
    if kind in ("cylinder", "puck"):
        return f'type="cylinder" size="{x} {z}"'
    return f'type="box" size="{x} {y} {z}"'


def _body_xml(number: int, body: Body, mass_kg: float, friction: float) -> str:
    """A body whose frame is that of its middle."""
    contact = f'friction="{friction} 0.003 0.0001" condim="4"'
    joint = f'<freejoint name="object{number}"/>'
    if body.kind == "ball":
        contact = f'friction="{BALL_SLIDES} 0.003 {ROLLING_M * friction}" condim="6"'
    elif body.hinge is not None:
        contact = 'friction="0.3 0.003 0.0001" condim="3"'
        turn = np.array(body.pose[3:])
        where = _turned_back(turn, np.subtract(body.hinge.position, body.pose[:3]))
        joint = (
            f'<joint name="object{number}" type="hinge" axis="0 0 1" pos="{text_of(where)}" '
            f'range="{body.hinge.lower} {body.hinge.upper}" frictionloss="{friction}" '
            f'damping="{HINGE_DAMPING}"/>'
        )
    meets = DOOR_MEETS if body.hinge is not None else ""
    return (
        f'<body name="object{number}" pos="{text_of(body.pose[:3])}" quat="{text_of(body.pose[3:])}">{joint}'
        f'<geom name="object{number}" {_shape(body.kind, body.size_m)} mass="{mass_kg}" '
        f'priority="{BODY_FRICTION_PRIORITY}" {meets} {contact}/></body>'
    )


def _ghost_xml(number: int, body: Body) -> str:
    meets = DOOR_MEETS if body.hinge is not None else ""
    return (
        f'<body name="object{number}" pos="{text_of(body.pose[:3])}" quat="{text_of(body.pose[3:])}">'
        f'<freejoint name="object{number}"/><geom name="object{number}" {_shape(body.kind, body.size_m)} '
        f'mass="1" margin="{GHOST_MARGIN_M}" gap="{GHOST_MARGIN_M}" {meets}/></body>'
    )


def _turned_back(turn: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """A vector of the world in the frame of a pose turned about z."""
    angle = -2.0 * np.arctan2(turn[3], turn[0])
    c, s = np.cos(angle), np.sin(angle)
    return np.array([c * vector[0] - s * vector[1], s * vector[0] + c * vector[1], vector[2]])
