"""The world around the arm as MJCF: time step and solver."""

__all__ = ["ARM_XML", "SUBSTEPS", "TIMESTEP_S", "arm_world_xml", "text_of", "world_xml"]

import re
from collections.abc import Iterable

from .robot_arm import ARM_ACTUATORS, ARM_BODY, ARM_CONTACTS, ARM_DEFAULTS
from .robot_kinematics import TICK_S

SUBSTEPS = 12
TIMESTEP_S = TICK_S / SUBSTEPS
# What is drawn of the arm is drawn by `robot_canvas.py`; without it a model compiles in half the time.
ARM_XML = re.sub(r'<geom type="[a-z]+" material=[^>]*/>|<camera [^>]*/>', "", ARM_BODY)


def world_xml(arm: str, rest: str) -> str:
    """A model of an arm and other things.

    Without warm starts a state is all that the future hangs on: time, positions, velocities.

    Args:
        arm: its body.
        rest: other bodies and geoms.
    """
    return f"""
<mujoco model="robot">
<compiler angle="radian" autolimits="true" boundmass="1e-6" boundinertia="1e-9"/>
<option timestep="{TIMESTEP_S!r}" integrator="implicitfast" cone="elliptic" impratio="8" iterations="60"
        tolerance="1e-10"><flag warmstart="disable" autoreset="disable" multiccd="enable"/></option>
<size memory="4M"/>
<statistic center="0.35 0 0.2" extent="1.0" meansize="0.05"/>
<default><geom solref="0.012 1" solimp="0.95 0.99 0.001"/>{ARM_DEFAULTS}</default>
<worldbody>{rest}{arm}</worldbody>
{ARM_CONTACTS}
{ARM_ACTUATORS}
</mujoco>"""


def arm_world_xml(arm: str) -> str:
    """A model of the arm alone, which touches nothing and has no stops: for inverse dynamics."""
    return f"""
<mujoco model="arm">
<compiler angle="radian" autolimits="true"/>
<option timestep="{TIMESTEP_S!r}"><flag contact="disable" limit="disable" equality="disable"/></option>
<default>{ARM_DEFAULTS}</default>
<worldbody>{arm}</worldbody>
</mujoco>"""


def text_of(numbers: Iterable[float]) -> str:
    """Numbers for an attribute, to the last digit."""
    return " ".join(repr(float(one)) for one in numbers)
