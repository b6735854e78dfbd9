"""The stage that robot scenes are drawn on: arm, table, studio, cameras.

One MuJoCo model for all scenes; it is never stepped. Objects are not in it: they are added to each picture
(`robot_shapes.py`), so that no scene has to be compiled to be drawn.
"""

__all__ = ["ARM_GROUP", "MATERIALS", "stage_xml"]

import numpy as np

from .robot_arm import ARM_BODY, ARM_DEFAULTS
from .robot_look import FLOOR_Z_M, LOOKS, SURFACES, TABLE_CENTER_M, TABLE_SIZE_M
from .robot_textures import TEXTURE_PX

ARM_GROUP = 1
PATCH_M = {"oak": 0.90, "walnut": 0.90, "felt": 0.45, "linen": 0.36}  # what a texture's side covers
LEG_M = 0.028
CAMERA_AIMS = {  # name: position, point looked at, vertical field of view in degrees
    "front": ((1.36, -0.30, 0.70), (0.44, 0.0, 0.07), 35.0),
    "side": ((0.50, -1.10, 0.58), (0.46, 0.0, 0.07), 37.0),
    "pretty": ((1.62, -1.12, 0.98), (0.30, 0.0, 0.17), 36.0),
}
MATERIALS = {  # name: colour, specular, shininess
    "shell": ((0.87, 0.87, 0.86), 0.30, 0.55),
    "joint": ((0.16, 0.17, 0.19), 0.25, 0.40),
    "trim": ((0.16, 0.42, 0.55), 0.20, 0.40),
    "steel": ((0.52, 0.54, 0.57), 0.55, 0.60),
    "rubber": ((0.10, 0.10, 0.11), 0.08, 0.15),
    "lens": ((0.03, 0.04, 0.08), 0.90, 0.90),
    "leg": ((0.20, 0.20, 0.21), 0.15, 0.30),
    "floor": ((0.74, 0.75, 0.76), 0.0, 0.0),
}


def stage_xml() -> str:
    """The stage as MJCF; textures are blank and have to be filled in."""
    materials = "".join(
        f'<material name="{name}" rgba="{_text(rgb)} 1" specular="{specular}" shininess="{shininess}"/>'
        for name, (rgb, specular, shininess) in MATERIALS.items()
    )
    surfaces = "".join(
        f'<texture name="{name}" type="2d" builtin="flat" width="{TEXTURE_PX}" height="{TEXTURE_PX}"/>'
        f'<material name="{name}" texture="{name}" texuniform="true" '
        f'specular="{0.10 if name in ("oak", "walnut") else 0.0}" shininess="0.25" '
        f'texrepeat="{1 / PATCH_M[name]} {1 / PATCH_M[name]}"/>'
        for name in SURFACES
    )
    cameras = "".join(
        f'<camera name="{name}" pos="{_text(where)}" xyaxes="{_text(_axes(where, at))}" fovy="{angle}"/>'
        for name, (where, at, angle) in CAMERA_AIMS.items()
    )
    return f"""
<mujoco model="stage">
<compiler angle="radian" autolimits="true"/>
<statistic center="0.35 0 0.2" extent="1.0" meansize="0.05"/>
<visual>
  <global offwidth="1280" offheight="960"/>
  <quality shadowsize="1024" offsamples="0" numslices="16" numstacks="6" numquads="1"/>
  <map znear="0.02" zfar="12" shadowclip="1.05" fogstart="2.2" fogend="5.5"/>
  <rgba fog="0.86 0.87 0.88 1"/>
  <headlight active="0" ambient="0 0 0" diffuse="0 0 0" specular="0 0 0"/>
</visual>
<asset>
  <texture type="skybox" builtin="gradient" rgb1="0.70 0.74 0.79" rgb2="0.93 0.93 0.93" width="256"
           height="1536"/>{materials}{surfaces}</asset>
<default>{ARM_DEFAULTS}</default>
<worldbody>
  {_lights()}{cameras}
  <geom name="floor" type="plane" size="8 8 1" pos="0 0 {FLOOR_Z_M}" material="floor"/>
  {_table()}
  {ARM_BODY}
</worldbody>
</mujoco>"""


def _lights() -> str:
    """Key, dome and fill; directions are set anew for each picture."""
    return "".join(
        f'<light name="{name}" directional="true" castshadow="{shadow}" pos="0 0 2" dir="0 0 -1" '
        f'ambient="0 0 0" diffuse="0.3 0.3 0.3" specular="{shine} {shine} {shine}"/>'
        for name, shadow, shine in (("key", "true", 0.5), ("dome", "true", 0.1), ("fill", "false", 0.0))
    )


def _table() -> str:
    (x, y), (length, width, thick) = TABLE_CENTER_M, TABLE_SIZE_M
    high = (-FLOOR_Z_M - thick) / 2.0
    legs = "".join(
        f'<geom name="leg{sx}{sy}" type="box" material="leg" size="{LEG_M} {LEG_M} {high}" '
        f'pos="{x + sx * (length / 2 - 0.07)} {y + sy * (width / 2 - 0.07)} {-thick - high}"/>'
        for sx in (-1, 1)
        for sy in (-1, 1)
    )
    return legs + (
        f'<geom name="table" type="box" material="{LOOKS[0].surface}" pos="{x} {y} {-thick / 2}" '
        f'size="{length / 2} {width / 2} {thick / 2}"/>'
    )


def _axes(where: tuple[float, ...], at: tuple[float, ...]) -> np.ndarray:
    """X (right) and y (up) of a camera that looks from one point at another."""
    back = np.subtract(where, at)
    right = np.cross((0.0, 0.0, 1.0), back)
    up = np.cross(back, right)
    return np.concatenate((right / np.linalg.norm(right), up / np.linalg.norm(up)))


def _text(numbers: object) -> str:
    return " ".join(f"{one:.6g}" for one in np.asarray(numbers, float))
