"""A city as binary glTF 2.0: y up, metres, a node for each element.

The node of a building is named by its id, stands under `/buildings` and is translated to its place, so that
its own coordinates are small and exact. Windows are quads before the walls, for viewers lack our shader.
"""

__all__ = ["glb"]

import json
import struct
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .city_faces import KINDS, Mesh
from .city_footprints import Footprints
from .city_mesh import city_mesh
from .city_palette import Rgb
from .city_scene import linear
from .city_windows import windows_of

FLOAT, UNSIGNED, ARRAY, ELEMENT_ARRAY = 5126, 5125, 34962, 34963
MAGIC, JSON_CHUNK, BINARY_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
# z up to y up.
TURN = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
GLOSSY = ("water", "window")


@dataclass
class _File:
    """The arrays and the JSON lists of a file as they grow."""

    data: bytearray = field(default_factory=bytearray)
    views: list[dict[str, int]] = field(default_factory=list)
    accessors: list[dict[str, Any]] = field(default_factory=list)
    meshes: list[dict[str, Any]] = field(default_factory=list)
    materials: dict[tuple[Rgb, str], int] = field(default_factory=dict)

    def accessor(self, array: np.ndarray, kind: str) -> int:
        """Add an array: float32 rows for positions and normals, uint32 for indices."""
        is_index = array.dtype == np.uint32
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": array.nbytes}
        self.views.append({**view, "target": ELEMENT_ARRAY if is_index else ARRAY})
        self.data += array.tobytes()
        made: dict[str, Any] = {
            "bufferView": len(self.views) - 1,
            "componentType": UNSIGNED if is_index else FLOAT,
            "count": len(array),
            "type": "SCALAR" if is_index else "VEC3",
        }
        if kind == "POSITION":
            made |= {"min": array.min(0).tolist(), "max": array.max(0).tolist()}
        self.accessors.append(made)
        return len(self.accessors) - 1


def glb(city: Footprints) -> bytes:
    """The city as the bytes of a `.glb` file."""
    program, mesh = city.program, city_mesh(city.program)
    triangles, owner, paint, corners, normals = _painted(mesh)
    file = _File()
    nodes: list[dict[str, Any]] = [
        {"name": "/city", "children": [1, 2, 3], "extras": {"program_version": program.version}},
        {"name": "/buildings", "children": []},
        {"name": "/ground", "children": []},
        {"name": "/trees", "children": []},
    ]
    order = np.lexsort((paint, owner))
    triangles, owner, paint = triangles[order], owner[order], paint[order]
    starts = np.flatnonzero(np.diff(owner, prepend=owner[0] - 1)) if len(owner) else np.zeros(0, np.int64)
    for first, last in zip(starts, [*starts[1:], len(owner)], strict=True):
        element = city.elements[owner[first] - 1] if owner[first] > 0 else None
        place = (
            np.zeros(3)
            if element is None
            else np.array([*city.centroids[owner[first] - 1], element.base_height])
        )
        index = _mesh(file, triangles[first:last], paint[first:last], corners - place, normals)
        name = element.id if element is not None else "/site" if owner[first] == 0 else "/all-trees"
        node: dict[str, Any] = {"name": name, "mesh": index}
        if element is not None:
            node["translation"] = (TURN @ place).tolist()
            node["extras"] = {"type": element.type}
            if element.is_building:
                node["extras"] |= {"floor_count": element.floor_count, "height_m": element.top}
        group = 3 if owner[first] < 0 else 1 if element is not None and element.is_building else 2
        nodes[group]["children"].append(len(nodes))
        nodes.append(node)
    return _packed(file, nodes)


def _painted(mesh: Mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Triangles with windows, whose they are (-1: trees), their paint as one number, corners, normals."""
    windows = windows_of(mesh)
    base = len(mesh.position)
    quads = base + 4 * np.arange(len(windows.corners))[:, None] + np.array([0, 1, 2, 0, 2, 3])
    kept = mesh.triangles[mesh.kind[mesh.triangles[:, 0]] != KINDS.index("studio")]
    triangles = np.concatenate([kept, quads.reshape(-1, 3)])
    element = np.concatenate([np.maximum(mesh.element, -1), np.repeat(windows.element, 4)])
    kind = np.concatenate([mesh.kind, np.full(4 * len(windows.corners), len(KINDS), np.uint8)]).astype(
        np.int64
    )
    color = np.concatenate([mesh.color[:, :3], np.repeat(windows.color, 4, 0)]).astype(np.int64)
    paint = ((kind * 256 + color[:, 0]) * 256 + color[:, 1]) * 256 + color[:, 2]
    corners = np.concatenate([mesh.position, windows.corners.reshape(-1, 3)]).astype(np.float64)
    normals = np.concatenate([mesh.normal, np.repeat(mesh.normal[windows.wall], 4, 0)])
    first = triangles[:, 0]
    return triangles, element[first], paint[first], corners, normals


def _mesh(
    file: _File, triangles: np.ndarray, paint: np.ndarray, corners: np.ndarray, normals: np.ndarray
) -> int:
    """Add one mesh with a primitive for each paint; `triangles` are in the order of `paint`."""
    primitives = []
    starts = np.flatnonzero(np.diff(paint, prepend=-1))
    for first, last in zip(starts, [*starts[1:], len(paint)], strict=True):
        used, index = np.unique(triangles[first:last], return_inverse=True)
        attributes = {
            "POSITION": file.accessor((corners[used] @ TURN.T).astype("<f4"), "POSITION"),
            "NORMAL": file.accessor((normals[used] @ TURN.T).astype("<f4"), "NORMAL"),
        }
        indices = file.accessor(index.ravel().astype("<u4"), "INDEX")
        code = int(paint[first])
        color = (code >> 16 & 255, code >> 8 & 255, code & 255)
        kind = (*KINDS, "window")[code >> 24]
        material = file.materials.setdefault((color, kind), len(file.materials))
        primitives.append({"attributes": attributes, "indices": indices, "material": material})
    file.meshes.append({"primitives": primitives})
    return len(file.meshes) - 1


def _packed(file: _File, nodes: list[dict[str, Any]]) -> bytes:
    materials = []
    for color, kind in file.materials:
        share = linear(np.array([[*color, 0]], np.uint8))[0, :3]
        surface = {
            "baseColorFactor": [*(round(float(channel), 5) for channel in share), 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 0.2 if kind in GLOSSY else 0.9,
        }
        name = "{} #{:02x}{:02x}{:02x}".format(kind, *color)
        materials.append({"name": name, "pbrMetallicRoughness": surface})
    for node in nodes:
        if node.get("children") == []:
            del node["children"]
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "eyesmith"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": nodes,
    }
    if file.meshes:
        document |= {
            "meshes": file.meshes,
            "materials": materials,
            "accessors": file.accessors,
            "bufferViews": file.views,
            "buffers": [{"byteLength": len(file.data)}],
        }
    head = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    head += b" " * (-len(head) % 4)
    body = bytes(file.data)
    chunks = struct.pack("<II", len(head), JSON_CHUNK) + head
    if body:
        chunks += struct.pack("<II", len(body), BINARY_CHUNK) + body
    return struct.pack("<III", MAGIC, 2, 12 + len(chunks)) + chunks
