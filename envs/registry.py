"""Every environment id and where its class stands; imports none of them."""

__all__ = ["ENVIRONMENTS", "entry_point", "env_ids", "register_all", "stem"]

import re

import gymnasium

from ..errors import UsageError, did_you_mean

# One row an environment; `eyesmith new` adds its row here.
ENVIRONMENTS: dict[str, str] = {
    "eyesmith/CityProgram-v0": "CityProgramEnv",
    "eyesmith/GuiNextState-v0": "GuiNextStateEnv",
    "eyesmith/RobotPlan-v0": "RobotPlanEnv",
    "eyesmith/RobotRollout-v0": "RobotRolloutEnv",
    "eyesmith/SlideBuild-v0": "SlideBuildEnv",
    "eyesmith/ZoomQA-v0": "ZoomQAEnv",
}


def env_ids() -> tuple[str, ...]:
    """Every registered environment id, sorted."""
    return tuple(sorted(ENVIRONMENTS))


def stem(env_id: str) -> str:
    """The word that walks through the house: the file name of an environment's rooms.

    >>> stem("eyesmith/ZoomQA-v0"), stem("eyesmith/GuiNextState-v0")
    ('zoom_qa', 'gui_next_state')
    """
    name = env_id.split("/")[-1].rsplit("-v", 1)[0]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def entry_point(env_id: str) -> str:
    """`module:Class` of an environment.

    Raises:
        UsageError: no such id.
    """
    if env_id not in ENVIRONMENTS:
        known = ", ".join(env_ids())
        raise UsageError(
            f"unknown environment {env_id!r}; there is: {known}.{did_you_mean(env_id, ENVIRONMENTS)}"
        )
    return f"{__package__}.{stem(env_id)}:{ENVIRONMENTS[env_id]}"


def register_all() -> None:
    """Register every id with Gymnasium; an id that is registered already stays as it is."""
    for env_id in ENVIRONMENTS:
        if env_id not in gymnasium.registry:
            gymnasium.register(id=env_id, entry_point=entry_point(env_id), order_enforce=True)
