"""The arm and its gripper as MJCF: joints, fingers, primitive shapes.

Joint frames, limits and torques are public figures of the Franka arm; the shapes are eyesmith's own. Visible
geoms (group 1) touch nothing; those that touch (group 3) are not drawn. Materials are those of
`robot_stage.py`; angles are radians.
"""

__all__ = ["ARM_ACTUATORS", "ARM_BODY", "ARM_CONTACTS", "ARM_DEFAULTS", "FINGER_LENGTH_M", "HAND_BODIES"]

import numpy as np

from .robot_kinematics import HAND_TURN_RAD, JOINT_LOWER, JOINT_UPPER, JOINTS, MAX_WIDTH_M, TORQUE_LIMIT

HAND_BODIES = ("hand", "left_finger", "right_finger")
FINGER_LENGTH_M = 0.054
GAINS = (4500.0, 4500.0, 3500.0, 3500.0, 2000.0, 2000.0, 2000.0)
GAIN_OVER_DAMPING = 25.0  # what the arm lags behind its commands: 0.04 s
GRIP_GAIN, GRIP_DAMPING, GRIP_FORCE_N = 900.0, 60.0, 60.0
ARM_BITS, ARM_MEETS = 2, 1
HAND_QUAT = f"{np.cos(HAND_TURN_RAD / 2)} 0 0 {np.sin(HAND_TURN_RAD / 2)}"

ARM_DEFAULTS = f"""
<default class="arm">
  <joint axis="0 0 1" armature="0.1" damping="1"/>
  <geom group="1" contype="0" conaffinity="0" mass="0"/>
  <default class="touch">
    <geom group="3" contype="{ARM_BITS}" conaffinity="{ARM_MEETS}" friction="0.5 0.005 0.0001" mass="0"
          rgba="0.9 0.2 0.2 0.4"/>
  </default>
  <default class="tip">
    <geom group="3" contype="{ARM_BITS}" conaffinity="{ARM_MEETS}" friction="1.2 0.02 0.0001" condim="4"
          priority="2" mass="0" solref="0.01 1" rgba="0.9 0.2 0.2 0.4"/>
  </default>
</default>"""


def _finger(name: str, side: int) -> str:
    """One finger, which slides along y of the hand; side is 1 or -1."""
    return f"""
<body name="{name}" pos="0 0 0.0584" gravcomp="1">
  <inertial pos="0 0 0.025" mass="0.03" diaginertia="1e-5 1e-5 3e-6"/>
  <joint name="{name}_slide" type="slide" axis="0 {side} 0" range="0 {MAX_WIDTH_M / 2}" armature="0.05"
         damping="4"/>
  <geom type="box" material="steel" size="0.0095 0.0075 0.012" pos="0 {side * 0.0125} 0.008"/>
  <geom type="box" material="shell" size="0.0088 0.0065 0.0185" pos="0 {side * 0.0115} 0.0265"/>
  <geom type="box" material="rubber" size="0.0088 0.0055 0.0100" pos="0 {side * 0.0055} 0.0440"/>
  <geom class="tip" name="{name}_tip" type="box" size="0.0088 0.0055 0.0100" pos="0 {side * 0.0055} 0.0440"/>
  <geom class="touch" name="{name}_side" type="box" size="0.0092 0.007 0.022" pos="0 {side * 0.012} 0.014"/>
</body>"""


def _joint(number: int) -> str:
    low, high = JOINT_LOWER[number - 1], JOINT_UPPER[number - 1]
    return f'<joint name="joint{number}" range="{low} {high}"/>'


def _barrel(axis: str, half_m: float, radius_m: float) -> str:
    """A joint's housing along an axis of its frame ("y" or "z"): white barrel, dark caps."""
    turn = 'zaxis="0 -1 0"' if axis == "y" else ""

    def at(where_m: float) -> str:
        return f'pos="0 {where_m} 0"' if axis == "y" else f'pos="0 0 {where_m}"'

    caps = "".join(
        f'<geom type="cylinder" material="{what}" size="{radius_m * wide} {thick}" {at(s * off)} {turn}/>'
        for s in (1, -1)
        for what, wide, thick, off in (
            ("joint", 0.93, 0.004, half_m + 0.004),
            ("shell", 0.62, 0.003, half_m + 0.010),
        )
    )
    return f'<geom type="cylinder" material="shell" size="{radius_m} {half_m}" {turn}/>{caps}'


ARM_BODY = f"""
<body name="link0" childclass="arm">
  <inertial pos="-0.04 0 0.05" mass="3" diaginertia="0.01 0.01 0.01"/>
  <geom type="cylinder" material="joint" size="0.098 0.010" pos="0 0 0.010"/>
  <geom type="cylinder" material="shell" size="0.090 0.022" pos="0 0 0.042"/>
  <geom type="cylinder" material="trim" size="0.0815 0.003" pos="0 0 0.067"/>
  <geom type="cylinder" material="shell" size="0.078 0.058" pos="0 0 0.128"/>
  <geom type="box" material="shell" size="0.050 0.055 0.036" pos="-0.075 0 0.056"/>
  <geom type="box" material="joint" size="0.030 0.035 0.004" pos="-0.085 0 0.094"/>
  <geom type="cylinder" material="joint" size="0.074 0.004" pos="0 0 0.190"/>
  <body name="link1" pos="0 0 0.333" gravcomp="1">
    <inertial pos="0 -0.03 -0.08" mass="3.2" diaginertia="0.03 0.03 0.01"/>
    {_joint(1)}
    <geom type="cylinder" material="shell" size="0.072 0.040" pos="0 0 -0.099"/>
    <geom type="capsule" material="shell" size="0.064" fromto="0 0 -0.080 0 0 -0.010"/>
    {_barrel("y", 0.072, 0.064)}
    <body name="link2" quat="1 -1 0 0" gravcomp="1">
      <inertial pos="0 -0.08 0.02" mass="3.2" diaginertia="0.03 0.01 0.03"/>
      {_joint(2)}
      <geom type="capsule" material="shell" size="0.058" fromto="0 0 0 0 -0.150 0"/>
      <geom type="cylinder" material="shell" size="0.060 0.045" pos="0 -0.145 0" zaxis="0 -1 0"/>
      <geom type="cylinder" material="joint" size="0.057 0.004" pos="0 -0.194 0" zaxis="0 -1 0"/>
      <body name="link3" pos="0 -0.316 0" quat="1 1 0 0" gravcomp="1">
        <inertial pos="0.04 0.02 -0.04" mass="3.2" diaginertia="0.02 0.02 0.01"/>
        {_joint(3)}
        <geom type="cylinder" material="shell" size="0.058 0.036" pos="0 0 -0.082"/>
        <geom type="capsule" material="shell" size="0.054" fromto="0 0 -0.070 0.010 0 -0.030"/>
        <geom type="capsule" material="shell" size="0.052" fromto="0.006 0 -0.036 0.0825 0 0"/>
        <body name="link4" pos="0.0825 0 0" quat="1 1 0 0" gravcomp="1">
          <inertial pos="-0.03 0.05 0.02" mass="2.9" diaginertia="0.02 0.01 0.02"/>
          {_joint(4)}
          {_barrel("z", 0.060, 0.056)}
          <geom type="capsule" material="shell" size="0.050" fromto="0 0 0 -0.0825 0.080 0"/>
          <geom type="cylinder" material="shell" size="0.054 0.030" pos="-0.0825 0.105 0" zaxis="0 -1 0"/>
          <geom type="cylinder" material="joint" size="0.051 0.004" pos="-0.0825 0.139 0" zaxis="0 -1 0"/>
          <geom class="touch" name="elbow" type="capsule" size="0.055" fromto="0 0 0 -0.0825 0.100 0"/>
          <body name="link5" pos="-0.0825 0.384 0" quat="1 -1 0 0" gravcomp="1">
            <inertial pos="0 0.03 -0.11" mass="2.6" diaginertia="0.03 0.03 0.005"/>
            {_joint(5)}
            <geom type="cylinder" material="shell" size="0.052 0.034" pos="0 0 -0.206"/>
            <geom type="capsule" material="shell" size="0.048" fromto="0 0.004 -0.190 0 0.030 -0.060"/>
            <geom type="capsule" material="shell" size="0.046" fromto="0 0.030 -0.060 0 0 0"/>
            <geom class="touch" name="forearm" type="capsule" size="0.054" fromto="0 .01 -.21 0 .01 -.02"/>
            <body name="link6" quat="1 1 0 0" gravcomp="1">
              <inertial pos="0.05 0 0" mass="1.6" diaginertia="0.003 0.005 0.005"/>
              {_joint(6)}
              {_barrel("z", 0.054, 0.049)}
              <geom type="capsule" material="shell" size="0.045" fromto="0 0 0 0.088 0.012 0"/>
              <geom class="touch" name="wrist" type="capsule" size="0.052" fromto="0 0 0 0.088 0 0"/>
              <body name="link7" pos="0.088 0 0" quat="1 1 0 0" gravcomp="1">
                <inertial pos="0 0 0.06" mass="0.7" diaginertia="0.001 0.001 0.001"/>
                {_joint(7)}
                <geom type="cylinder" material="shell" size="0.047 0.040" pos="0 0 0.030"/>
                <geom type="cylinder" material="trim" size="0.0475 0.003" pos="0 0 0.073"/>
                <geom type="cylinder" material="joint" size="0.044 0.014" pos="0 0 0.090"/>
                <geom class="touch" name="flange" type="capsule" size="0.048" fromto="0 0 0.02 0 0 0.07"/>
                <body name="hand" pos="0 0 0.107" quat="{HAND_QUAT}" gravcomp="1">
                  <inertial pos="0 0 0.03" mass="0.73" diaginertia="0.001 0.0025 0.0017"/>
                  <geom type="cylinder" material="steel" size="0.038 0.005" pos="0 0 0.001"/>
                  <geom type="box" material="shell" size="0.026 0.078 0.024" pos="0 0 0.030"/>
                  <geom type="cylinder" material="shell" size="0.026 0.024" pos="0 0.078 0.030"/>
                  <geom type="cylinder" material="shell" size="0.026 0.024" pos="0 -0.078 0.030"/>
                  <geom type="box" material="joint" size="0.016 0.088 0.004" pos="0 0 0.0560"/>
                  <geom type="box" material="joint" size="0.010 0.013 0.008" pos="0.034 0 0.040"/>
                  <geom type="cylinder" material="lens" size="0.006 0.004" pos="0.036 0 0.050"/>
                  <geom class="touch" name="palm" type="box" size="0.026 0.100 0.026" pos="0 0 0.032"/>
                  <camera name="wrist" pos="0.075 0 0.012" xyaxes="0 1 0 0.94 0 0.34" fovy="70"/>
                  <site name="tool" pos="0 0 0.1034" size="0.004" group="4"/>
                  {_finger("left_finger", 1)}
                  {_finger("right_finger", -1)}
                </body>
              </body>
            </body>
          </body>
        </body>
      </body>
    </body>
  </body>
</body>"""

ARM_CONTACTS = """
<tendon><fixed name="grip"><joint joint="left_finger_slide" coef="1"/>
<joint joint="right_finger_slide" coef="1"/></fixed></tendon>
<equality><joint joint1="left_finger_slide" joint2="right_finger_slide" solref="0.005 1"
  solimp="0.95 0.99 0.001"/></equality>"""

ARM_ACTUATORS = (
    "<actuator>"
    + "".join(
        f'<position name="{joint}_servo" joint="{joint}" kp="{gain}" kv="{gain / GAIN_OVER_DAMPING}" '
        f'ctrlrange="{low} {high}" forcerange="{-torque} {torque}"/>'
        for joint, gain, low, high, torque in zip(
            JOINTS, GAINS, JOINT_LOWER, JOINT_UPPER, TORQUE_LIMIT, strict=True
        )
    )
    + f'<position name="grip_servo" tendon="grip" kp="{GRIP_GAIN}" kv="{GRIP_DAMPING}" '
    f'ctrlrange="0 {MAX_WIDTH_M}" forcerange="{-GRIP_FORCE_N} {GRIP_FORCE_N}"/></actuator>'
)
