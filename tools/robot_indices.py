"""Where things of a robot scene lie in a model, and who touches whom."""

__all__ = ["Indices", "indices"]

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np

from .robot_arm import HAND_BODIES
from .robot_kinematics import JOINTS
from .robot_scene import Scene

OTHERS = ("gripper", "arm", "table", "fixture")


@dataclass(frozen=True, eq=False)
class Indices:
    """Places of a scene's things in a model."""

    joints: np.ndarray
    """(7,) in qpos."""
    joint_speeds: np.ndarray
    """(7,) in qvel."""
    fingers: np.ndarray
    """(2,) in qpos."""
    bodies: np.ndarray
    """(n,) ids of the objects' bodies."""
    free: np.ndarray
    """(n,) first place in qpos of each object that is free, -1 of those on a hinge."""
    owner: np.ndarray
    """(geoms,) number in `who`."""
    who: tuple[str, ...]
    """Names of the objects, then OTHERS."""
    pairs: tuple[tuple[str, str], ...]
    """Pairs that can touch."""
    of_pair: np.ndarray
    """(who, who) column of a pair, -1 where it cannot touch."""

    def touching(self, data: Any, within_m: float = 0.0) -> np.ndarray:
        """(P,) bool: which pairs are nearer than that."""
        found = np.zeros(len(self.pairs), bool)
        if data.ncon:
            contact = data.contact
            near = np.asarray(contact.dist) <= within_m
            geoms = np.asarray(contact.geom)[near]
            columns = self.of_pair[self.owner[geoms[:, 0]], self.owner[geoms[:, 1]]]
            found[columns[columns >= 0]] = True
        return found


@lru_cache(maxsize=128)
def indices(model: Any, scene: Scene) -> Indices:
    """Of a model made of a scene."""
    count = len(scene.bodies)
    who = (*scene.names, *OTHERS)
    hand = {model.body(name).id for name in HAND_BODIES}
    objects = {int(model.body(f"object{number}").id): number for number in range(count)}
    owner = np.empty(model.ngeom, int)
    for geom in range(model.ngeom):
        body = int(model.geom_bodyid[geom])
        name = model.geom(geom).name
        if body in objects:
            owner[geom] = objects[body]
        elif body == 0:
            owner[geom] = who.index("fixture" if name.startswith("fixture") else "table")
        else:
            owner[geom] = who.index("gripper" if body in hand else "arm")
    pairs = [
        (one, other)
        for one, other in combinations(who, 2)
        if not (one in OTHERS and other in OTHERS) or (one in OTHERS[:2] and other in OTHERS[2:])
    ]
    of_pair = np.full((len(who), len(who)), -1)
    for column, (one, other) in enumerate(pairs):
        a, b = who.index(one), who.index(other)
        of_pair[a, b] = of_pair[b, a] = column
    free = [
        int(model.jnt_qposadr[model.body(f"object{number}").jntadr[0]])
        if int(model.jnt_type[model.body(f"object{number}").jntadr[0]]) == 0
        else -1
        for number in range(count)
    ]
    return Indices(
        np.array([int(model.joint(name).qposadr[0]) for name in JOINTS]),
        np.array([int(model.joint(name).dofadr[0]) for name in JOINTS]),
        np.array([int(model.joint(f"{side}_finger_slide").qposadr[0]) for side in ("left", "right")]),
        np.array([*objects], int),
        np.array(free, int),
        owner,
        who,
        tuple(pairs),
        of_pair,
    )
