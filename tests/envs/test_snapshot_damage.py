"""Damaged and hostile snapshots are refused, quickly, with one kind of error and nothing left half open."""

import json
import pickle  # noqa: TID251 a hostile payload
import random
import time
import tracemalloc
from hashlib import sha256

import numpy as np
import pytest
from episodes import ROLL, TURNS, toy, zoom_calls, zooming

from eyesmith.envs.snapshot import DIGEST_BYTES, MAGIC, START, pack, unpack
from eyesmith.errors import SnapshotError, UsageError
from eyesmith.tools.tool import ToolCall


@pytest.fixture
def played(toys) -> tuple:
    env = toy(toys)
    for call in TURNS[:6]:
        env.call(call)
    return toys.PaintEnv(), env.snapshot()


def test_cut_bytes(played) -> None:
    env, blob = played
    for end in [*range(0, 60), *range(60, len(blob), 7), len(blob) - 1]:
        with pytest.raises(SnapshotError):
            env.restore(blob[:end])
    for longer in (blob + b"\0", blob + blob):
        with pytest.raises(SnapshotError):
            env.restore(longer)


def test_every_kind_of_bit_flip(played) -> None:
    env, blob = played
    flips = random.Random(1)
    places = [*range(40), *(flips.randrange(len(blob)) for _ in range(400))]
    for place in places:
        damaged = bytearray(blob)
        damaged[place] ^= 1 << flips.randrange(8)
        with pytest.raises(SnapshotError):
            env.restore(bytes(damaged))
    env.restore(blob)


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle ran')",)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        MAGIC,
        b"EYESNAP2" + b"\0" * 100,
        pickle.dumps({"env": "toys/Paint-v0"}),
        pickle.dumps(Bomb()),
        MAGIC + pickle.dumps(Bomb()),
        b"\x80\x05" * 1000,
        None,
        5,
        "EYESNAP1",
        bytearray(MAGIC),
        {"env": "x"},
    ],
    ids=lambda blob: str(blob)[:14],
)
def test_no_snapshot_at_all(toys, blob) -> None:
    with pytest.raises(SnapshotError, match=r"no snapshot|cut short"):
        toys.PaintEnv().restore(blob)


def forged(text: str | bytes, arrays: bytes = b"", length: int | None = None) -> bytes:
    """A snapshot with a right digest and any content."""
    raw = text.encode() if isinstance(text, str) else text
    body = (len(raw) if length is None else length).to_bytes(4, "little") + raw + arrays
    return MAGIC + sha256(body).digest()[:DIGEST_BYTES] + body


def array(shape: object, dtype: object = "uint8") -> str:
    return json.dumps({"__array__": 0, "dtype": dtype, "shape": shape})


CONTENTS = {
    "nothing": b"",
    "no json": b"\xff\xfe\x00",
    "a pickle": pickle.dumps(Bomb()),
    "a number": "5",
    "numbers": "[1, 2]",
    "texts": '"ab"',
    "an object of two": '{"a": {}, "b": {}}',
    "one": "[{}]",
    "three": "[{}, {}, {}]",
    "lists": "[[], []]",
    "empty": "[{}, {}]",
    "deep": "[" * 200_000,
    "deep objects": '[{}, {"a":' + '{"a":' * 100_000,
    "closed deep": "[{}, " + "[" * 100_000 + "]" * 100_000 + "]",
    "digits": "[{}, {" + '"a":' + "1" * 100_000 + "}]",
    "infinity": '[{"env": NaN}, {"a": Infinity}]',
    "header array": f"[{array([0])}, {{}}]",
    **{
        f"array {name}": f'[{{}}, {{"a": {content}}}]'
        for name, content in {
            "huge": array([2**40]),
            "overflowing": array([2**62, 2**62, 2]),
            "empty but huge": array([0, 2**62]),
            "negative": array([-1]),
            "twice negative": array([-4, -4]),
            "fraction": array([1.5]),
            "true": array([True]),
            "text shape": array("44"),
            "number shape": array(4),
            "null shape": array(None),
            "object shape": array({"4": 4}),
            "nested shape": array([[2]]),
            "many axes": array([1] * 100),
            "bigger than a float": '{"__array__": 0, "dtype": "uint8", "shape": [1' + "0" * 400 + "]}",
            "object dtype": array([1], "object"),
            "pickled dtype": array([1], "O"),
            "void dtype": array([1], "V8"),
            "list dtype": array([1], ["uint8"]),
            "null dtype": array([1], None),
            "no dtype": '{"__array__": 0, "shape": [1]}',
            "no shape": '{"__array__": 0, "dtype": "uint8"}',
        }.items()
    },
}


@pytest.mark.parametrize("name", CONTENTS)
def test_hostile_content(toys, name) -> None:
    env = toys.PaintEnv()
    tracemalloc.start()
    for blob in (
        forged(CONTENTS[name]),
        forged(CONTENTS[name], b"x" * 16),
        forged(CONTENTS[name], length=2**32 - 1),
    ):
        begun = time.perf_counter()
        with pytest.raises(SnapshotError):
            env.restore(blob)
        assert time.perf_counter() - begun < 5.0
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40_000_000


ODD = (None, True, -1, 10**400, 1.5, float("nan"), "x", "\ud800", [], [1], [[1]], {}, {"a": 1}, [None] * 5)


def paths(value: object, at: tuple = ()) -> list[tuple]:
    """Every place in a tree of dicts and lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, item in inner for path in paths(item, (*at, key)))]


def changed(tree: object, path: tuple, value: object) -> object:
    if not path:
        return value
    twin = dict(tree) if isinstance(tree, dict) else list(tree)  # type: ignore[call-overload]
    twin[path[0]] = changed(twin[path[0]], path[1:], value)
    return twin


def plays_on(env) -> None:
    """A restored episode is a real one: it can be looked at, saved and played to the end."""
    env.snapshot()
    env.render()
    for name in ("roll", "zoom_in", "submit"):
        env.call(ToolCall(name, {"bbox_2d": [10, 10, 90, 90]} if name == "zoom_in" else {}))
    env.say("nothing")
    assert env.finish("time").score is not None


@pytest.mark.parametrize("kind", ["toy", "zoom"])
def test_every_field_with_every_odd_value(toys, kind) -> None:
    if kind == "toy":
        env = toy(toys, render_mode="ansi")
        calls = TURNS[:6]
    else:
        env = zooming(render_mode="ansi")
        calls = zoom_calls(env)[:3]
    for call in calls:
        env.call(call)
    header, state = unpack(env.snapshot())
    refused = taken = 0
    for value in ODD:
        for path in paths([header, state]):
            if not path:
                continue
            try:
                content = changed([header, state], path, value)
                blob = pack(*content)  # type: ignore[misc]
            except TypeError:
                continue
            try:
                env.restore(blob)
            except SnapshotError:
                refused += 1
                continue
            taken += 1
            plays_on(env)
    assert refused > 300
    assert taken < refused


def test_a_missing_field_is_refused(toys) -> None:
    env = toy(toys)
    header, state = unpack(env.snapshot())
    for path in paths([header, state]):
        if not path or not isinstance(path[-1], str):
            continue
        parent = [header, state]
        for key in path[:-1]:
            parent = parent[key]  # type: ignore[index,call-overload,assignment]
        without = {key: item for key, item in parent.items() if key != path[-1]}  # type: ignore[attr-defined]
        with pytest.raises(SnapshotError):
            env.restore(pack(*changed([header, state], path[:-1], without)))  # type: ignore[misc]


def test_views_outside_the_picture_are_refused() -> None:
    env = zooming()
    header, state = unpack(env.snapshot())
    for box in (
        [0, 0, 0, 0],
        [-5, 0, 9, 9],
        [0, 0, 1e9, 1e9],
        [9, 9, 1, 1],
        [0, 0, 1e-300, 9],
        [1, 2, 3],
        [0, 0, 9, 10**400],
    ):
        with pytest.raises(SnapshotError):
            env.restore(pack(header, changed(state, ("hands",), {"boxes": [box], "given": None})))


def test_after_a_hostile_state_nothing_is_half_open(toys) -> None:
    env = toy(toys)
    header, state = unpack(env.snapshot())
    with pytest.raises(SnapshotError):
        env.restore(pack(header, {**state, "turns": "three"}))
    with pytest.raises(UsageError, match="no task has begun"):
        env.call(ROLL)
    env.reset(seed=0)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.int32).reshape(2, 3),
        np.zeros((0, 3), np.uint8),
        np.array(2.5),
        np.asfortranarray(np.arange(12.0).reshape(3, 4)),
        np.arange(10)[::-2],
        np.array([True, False]),
        np.array([np.nan, np.inf, -0.0]),
        np.array([2**64 - 1], np.uint64),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays_come_back(array) -> None:
    header, state = unpack(pack({"é": "🙂"}, {"deep": [{"a": array, "b": array}], "last": array}))
    assert header == {"é": "🙂"}
    for back in (state["deep"][0]["a"], state["deep"][0]["b"], state["last"]):
        assert (back.dtype, back.shape) == (array.dtype, array.shape)
        assert back.tobytes() == array.tobytes()
        assert back.flags.writeable


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, np.array([object()]), np.array(["a"]), np.array([1j]), b"x"]
)
def test_what_cannot_be_packed(value) -> None:
    with pytest.raises(TypeError, match="a snapshot holds"):
        pack({}, {"a": value})


def test_layout() -> None:
    blob = pack({}, {"a": np.array([7], np.uint8)})
    assert blob.startswith(MAGIC)
    length = int.from_bytes(blob[START : START + 4], "little")
    assert json.loads(blob[START + 4 : START + 4 + length])[1]["a"] == {
        "__array__": 0,
        "dtype": "uint8",
        "shape": [1],
    }
    assert blob[START + 4 + length :] == b"\x07"
