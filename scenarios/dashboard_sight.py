"""Which pieces of text one zoom can show at a readable size.

Knows where text stands, not what it says.
"""

__all__ = ["READABLE_CAP_PX", "Sight", "targets_of"]

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..tools.views import fit
from ..tools.vision import QWEN2_5_VL, QWEN3_VL
from .dashboard_canvas import Run
from .scene import Target, zoom_box

READABLE_CAP_PX = 12.0


def targets_of(groups: Sequence[Sequence[Run]], weight: float) -> tuple[Target, ...]:
    """A target for each group of runs; they share the weight."""
    share = weight / len(groups)
    return tuple(Target(_around(group), _scale(group), share) for group in groups)


@dataclass(frozen=True)
class Sight:
    """What can be read in a zoom.

    Args:
        size_px: (height, width) of the picture.
    """

    size_px: tuple[int, int]

    def fits(self, runs: Sequence[Run]) -> bool:
        """Whether one zoom shows all of it at a readable size, for every model family."""
        box = zoom_box(Target(_around(runs), 1.0), self.size_px)
        wide, tall = box[2] - box[0], box[3] - box[1]
        sizes = (fit(box, spec) for spec in (QWEN2_5_VL, QWEN3_VL))
        return all(min(size[1] / wide, size[0] / tall) >= _scale(runs) for size in sizes)

    def merged(self, groups: Sequence[Sequence[Run]]) -> list[list[Run]]:
        """Neighbours joined as long as one zoom can show them."""
        joined = [list(groups[0])]
        for group in groups[1:]:
            whole = [*joined[-1], *group]
            if self.fits(whole):
                joined[-1] = whole
            else:
                joined.append(list(group))
        return joined

    def regions(self, runs: Sequence[Run]) -> list[list[Run]]:
        """All runs, in as few zooms as their order allows."""
        return self.merged([[run] for run in runs])


def _scale(runs: Sequence[Run]) -> float:
    return READABLE_CAP_PX / min(run.cap_px for run in runs)


def _around(runs: Sequence[Run]) -> tuple[float, float, float, float]:
    boxes = np.array([run.box for run in runs], np.float64)
    return (
        float(boxes[:, 0].min()),
        float(boxes[:, 1].min()),
        float(boxes[:, 2].max()),
        float(boxes[:, 3].max()),
    )
