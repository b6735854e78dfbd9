"""Frames that an agent hands in as base64: read, or told what is wrong.

One array (frames, views, height, width, 3) uint8: an `.npz` or `.npy` file, or a PNG sheet with a row a frame
and a column a view. Text can be recorded and played again, a path could not. Sizes are read from the headers
and checked before anything is unpacked; nothing is raised.
"""

__all__ = ["MAX_FRAMES_CHARS", "frames_text", "read_frames"]

import base64
import binascii
import io
import struct
import zipfile
import zlib

import cv2
import numpy as np

from .schema import shown

MAX_FRAMES_CHARS = 90_000_000  # base64 of 64 MB and a little more
PNG = b"\x89PNG\r\n\x1a\n"
HEADER_BYTES = 1024


class _BadError(Exception):
    """What is wrong with the frames; never leaves this room."""


def frames_text(frames: np.ndarray) -> str:
    """Frames as `read_frames` takes them: base64 of a PNG sheet.

    Args:
        frames: (frames, views, H, W, 3) uint8.
    """
    count, views, height, width, _ = frames.shape
    sheet = frames.transpose(0, 2, 1, 3, 4).reshape(count * height, views * width, 3)
    coded = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))[1]
    return base64.b64encode(coded.tobytes()).decode()


def read_frames(
    text: str, *, views: int, size_px: tuple[int, int], most: int
) -> tuple[np.ndarray | None, str]:
    """Frames out of base64, or what is wrong.

    Args:
        text: base64 of an `.npz` with one array, of an `.npy`, or of a PNG sheet.
        views: number of views.
        size_px: (width, height) of each picture.
        most: frames at most.

    Returns:
        (frames, views, H, W, 3) uint8, or None.
    """
    try:
        return _frames(text, views, size_px, most), ""
    except _BadError as bad:
        return None, str(bad)


def _frames(text: str, views: int, size_px: tuple[int, int], most: int) -> np.ndarray:
    wanted = f"uint8 (1 to {most} frames, {views} views, {size_px[1]}, {size_px[0]}, 3)"
    if len(text) > MAX_FRAMES_CHARS:
        raise _BadError(f"the text has {len(text)} characters; at most {MAX_FRAMES_CHARS} can be read")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _BadError(f"this is no base64; send base64 of an .npz, .npy or PNG with {wanted}") from None
    largest = most * views * size_px[0] * size_px[1] * 3
    if raw.startswith(PNG):
        return _sheet(raw, views, size_px, most)
    if raw.startswith(b"PK"):
        raw = _unzipped(raw, largest + HEADER_BYTES)
    if not raw.startswith(b"\x93NUMPY"):
        raise _BadError(f"this is neither .npz, .npy nor PNG; send {wanted}")
    try:
        stream = io.BytesIO(raw)
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError("a version that holds no plain array")
        reader = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, is_fortran, dtype = reader(stream)
    except (
        ValueError,
        TypeError,
        KeyError,
        SyntaxError,
        EOFError,
        OverflowError,
        MemoryError,
        RecursionError,
    ):
        raise _BadError(f"the array's header cannot be read; send {wanted}") from None
    fits = dtype == np.uint8 and len(shape) == 5 and shape[1:] == (views, size_px[1], size_px[0], 3)
    if not fits or not 1 <= shape[0] <= most:
        raise _BadError(f"expected {wanted}, got {shown(list(shape))} {str(dtype)[:20]}")
    body = memoryview(raw)[stream.tell() :]
    if len(body) != shape[0] * largest // most:
        raise _BadError(f"the array is cut short: {len(body)} bytes for {shape[0]} frames")
    return np.frombuffer(body, np.uint8).reshape(shape, order="F" if is_fortran else "C").copy(order="C")


def _unzipped(raw: bytes, most: int) -> bytes:
    """The only member of an npz, cut at a number of bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = archive.infolist()
            if len(members) != 1:
                raise _BadError(f"an .npz holds one array, this one has {len(members)} members")
            with archive.open(members[0]) as member:
                return member.read(most)  # no more, whatever its header says
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        NotImplementedError,
        struct.error,
    ):
        raise _BadError("the .npz cannot be unpacked; write it with numpy.savez_compressed") from None


def _sheet(raw: bytes, views: int, size_px: tuple[int, int], most: int) -> np.ndarray:
    """A PNG with a row a frame and a column a view."""
    width, height = size_px
    if len(raw) < 26 or raw[12:16] != b"IHDR":
        raise _BadError("the PNG is cut short")
    wide, high = struct.unpack(">II", raw[16:24])
    frames = high // height
    if wide != views * width or high != frames * height or not 1 <= frames <= most:
        raise _BadError(
            f"a PNG sheet has a row a frame (1 to {most}, {height} px high) and {views} columns of {width} "
            f"px, got {wide}x{high} px"
        )
    decoded = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_COLOR)
    if decoded is None or decoded.shape != (high, wide, 3):
        raise _BadError("the PNG cannot be read; send 8-bit RGB")
    sheet = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).reshape(frames, height, views, width, 3)
    return np.ascontiguousarray(sheet.transpose(0, 2, 1, 3, 4))
