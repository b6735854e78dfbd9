"""The episodes that the tests of snapshots cut through: a toy's, and one of ZoomQA."""

from eyesmith.envs.zoom_qa import ZoomQAEnv
from eyesmith.tools.tool import ToolCall

ROLL = ToolCall("roll", {"sides": 1000})
TURNS = [
    ToolCall("paint", {"cell": 1}),
    ROLL,
    ToolCall("paint", {"cell": 1}),
    ToolCall("say", {"text": "é 中 🙂 \ud800"}),
    ToolCall("nothing of the kind"),
    ROLL,
    ToolCall("paint", {"cell": 3, "colour": "blue"}),
    ROLL,
    ToolCall("submit"),
    ToolCall("submit"),
]


def toy(toys, **kwargs):
    env = toys.PaintEnv(**kwargs)
    env.begin(env.get_task("train", 3))
    return env


def zooming(**kwargs):
    env = ZoomQAEnv(kind="swatch", **kwargs)
    env.begin(env.get_task("train", 4))
    return env


def zoom_calls(env) -> list[ToolCall]:
    looks = [
        ToolCall("zoom_in", {"bbox_2d": [3, 4.5, 120, 130]}),
        ToolCall("zoom_in", {"bbox_2d": [0, 0, 0, 0]}),
    ]
    return [*looks, ToolCall("zoom_in", {"bbox_2d": [5, 6, 90, 90], "image": "v1"}), *env.expert()]
