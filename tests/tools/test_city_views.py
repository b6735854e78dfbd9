"""Pictures of a city: the same bytes each time, honest about what drew them, right about what is seen."""

import os
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eyesmith.errors import MissingExtraError, UsageError
from eyesmith.tools import city_gl
from eyesmith.tools.city import City
from eyesmith.tools.city_camera import iso_camera, section_camera, street_camera
from eyesmith.tools.city_light import DAY, Sun
from eyesmith.tools.city_mesh import city_mesh
from eyesmith.tools.city_parts import BUILDING_TYPES, ROOF_SHAPES, Block, Component, Element, Program, Roof
from eyesmith.tools.city_section import Cut, cuts_of
from eyesmith.tools.city_shapely import shapely
from eyesmith.tools.city_sheet import TYPE_COLORS
from eyesmith.tools.city_trees import trees_of
from eyesmith.tools.city_views import VIEWS, draw, id_buffer, view_camera, visible_px
from eyesmith.tools.tool import Image

from .cities import PROGRAMS, alone, box, ell, town

SIZE = (200, 150)
SEEN = ("iso", "street", "section")


opengl = pytest.mark.usefixtures("egl")


@pytest.fixture
def egl() -> None:
    if city_gl.drawer() is None:
        pytest.skip(f"no OpenGL here: {city_gl.why_none()}")


@pytest.fixture
def no_egl(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no context can be made."""
    import moderngl

    def refuse(*args: object, **kwargs: object) -> None:
        raise RuntimeError("eglInitialize failed")

    city_gl.forget()
    monkeypatch.setattr(moderngl, "create_context", refuse)
    monkeypatch.setattr(city_gl, "_FAILURE", "")


def small(view: str, city: City | None = None, **kwargs) -> Image:
    return draw(city or town(), view, size_px=SIZE, **kwargs)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("renderer", ["auto", "painter"])
def test_each_view_is_a_picture_of_the_size_asked_for(view, renderer) -> None:
    image = small(view, renderer=renderer)
    assert image.array.shape == (150, 200, 3)
    assert image.label.startswith(view)
    assert image.array.std() > 8.0


@opengl
def test_the_label_says_direction_target_and_what_drew_it() -> None:
    assert small("iso").label == "iso, looking north-east (45 degrees), drawn by OpenGL"
    assert small("section", target="hall", azimuth_deg=-90.0).label == (
        "section at hall, looking west (270 degrees), drawn by OpenGL"
    )
    told = "drawn by OpenCV (approximate: no OpenGL here)"
    assert small("iso", renderer="painter").label.endswith(told)


@pytest.mark.parametrize("view", VIEWS)
def test_the_same_city_gives_the_same_bytes_whatever_was_drawn_before(view) -> None:
    first = small(view).sha256
    draw(alone(Element("x", "office", box(0, 0, 9, 9), 30)), "iso", size_px=(128, 96), sun=Sun(250.0, 20.0))
    assert small(view).sha256 == first
    for number in range(6):
        small("iso", alone(Element("x", "office", box(0, 0, 9, 9), 2 + number)))
    assert small(view).sha256 == first


@pytest.mark.parametrize("view", VIEWS)
def test_another_process_gives_the_same_bytes(view, python) -> None:
    script = (
        f"sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "from cities import town\nfrom eyesmith.tools.city_views import draw\n"
        f"print(draw(town(), {view!r}, size_px={SIZE}).sha256)"
    )
    assert python(script) == small(view).sha256


def test_nothing_is_said_at_exit(python) -> None:
    script = (
        f"sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "import os, threading\nfrom cities import town\nfrom eyesmith.tools.city_views import draw\n"
        "os.dup2(1, 2)\n"
        "drawn = threading.Thread(target=draw, args=(town(), 'iso'), kwargs={'size_px': (64, 64)})\n"
        "drawn.start(); drawn.join(); draw(town(), 'street', size_px=(64, 64))"
    )
    assert python(script) == ""


@opengl
def test_threads_draw_the_same_with_contexts_of_their_own() -> None:
    city, found = town(), []
    threads = [threading.Thread(target=lambda: found.append(small("iso", city).sha256)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [small("iso", city).sha256] * 3


@opengl
def test_the_contexts_of_ended_threads_are_given_back() -> None:
    for _ in range(5):
        thread = threading.Thread(target=small, args=("iso",))
        thread.start()
        thread.join()
    assert sum(not thread.is_alive() for thread in city_gl._DRAWERS) <= 1


@opengl
def test_a_forked_process_draws_the_same(tmp_path) -> None:
    expected = small("iso").sha256
    child = os.fork()
    if child == 0:
        try:
            (tmp_path / "found").write_text(small("iso").sha256)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert (tmp_path / "found").read_text() == expected
    assert small("iso").sha256 == expected


@opengl
def test_a_lost_context_is_made_anew() -> None:
    expected = small("iso").sha256
    city_gl.drawer().context.release()
    assert small("iso").sha256 == expected
    city_gl.forget()
    assert small("iso").sha256 == expected


@pytest.mark.usefixtures("no_egl")
def test_without_egl_the_painter_draws_and_says_so() -> None:
    image = small("iso")
    assert image.label.endswith("drawn by OpenCV (approximate: no OpenGL here)")
    assert image.sha256 == small("iso", renderer="painter").sha256
    assert "eglInitialize failed" in city_gl.why_none()
    with pytest.raises(UsageError, match="eglInitialize failed"):
        small("iso", renderer="opengl")


def test_without_moderngl_the_error_names_the_command(monkeypatch) -> None:
    city_gl.forget()
    monkeypatch.setitem(sys.modules, "moderngl", None)
    with pytest.raises(MissingExtraError, match=r'pip install "eyesmith\[city\]"'):
        small("iso")
    assert small("plan").label.startswith("plan")
    assert small("iso", renderer="painter").label.startswith("iso")


@pytest.mark.parametrize(
    ("kwargs", "told"),
    [
        ({"view": "isometric"}, "plan, iso, street, section"),
        ({"view": "streets"}, "Did you mean 'street'"),
        ({"target": "towre"}, "Did you mean 'tower'"),
        ({"highlight": ["hall", "nothing"]}, "no element 'nothing'"),
        ({"renderer": "gpu"}, "opengl"),
        ({"size_px": (32, 480)}, "64 to 4096"),
        ({"size_px": (640.0, 480)}, "whole numbers"),
        ({"azimuth_deg": float("nan")}, "finite"),
    ],
)
def test_mistakes_say_what_to_do(kwargs, told) -> None:
    with pytest.raises(UsageError, match=told):
        draw(town(), **kwargs)


@pytest.mark.parametrize("elevation_deg", [2.0, 91.0, float("nan")])
def test_a_sun_stands_above_the_horizon(elevation_deg) -> None:
    with pytest.raises(UsageError, match="3 to 90"):
        Sun(180.0, elevation_deg)


@pytest.mark.parametrize("renderer", ["auto", "painter"])
def test_a_wall_has_the_colour_that_its_program_names(renderer) -> None:
    def mean(color: str) -> np.ndarray:
        programs = {
            "p": (
                Component("wall", color=color),
                Component("window", color=color),
                Component("roof", color=color),
            )
        }
        city = alone(Element("e", "residential", box(0, 0, 14, 14), 5, program="p"), programs)
        camera = view_camera(city, "iso", size_px=SIZE)
        seen = id_buffer(city, camera, size_px=SIZE, renderer=renderer) == 1
        return draw(city, "iso", size_px=SIZE, renderer=renderer).array[seen].mean(0)

    red, green, blue = mean("brick_red"), mean("dark_green"), mean("sky_blue")
    assert red[0] > 1.4 * max(red[1:])
    assert green[1] > green[0]
    assert blue[2] > blue[0] + 15.0
    assert mean("white").min() > 120.0 > mean("charcoal").max()


@opengl
def test_shadows_fall_away_from_the_sun() -> None:
    ring = box(0, 0, 10, 10)
    block = Block("b", ring, (Element("e", "office", ring, 6),))
    city = City(Program(1, box(-20, -20, 50, 50), (), (block,)))
    camera = iso_camera(city.program, SIZE, azimuth_deg=0.0)
    beside = np.stack(np.meshgrid(np.linspace(2, 6, 7), np.linspace(1, 9, 7)), 2).reshape(-1, 2)
    west, east = (
        camera.project(
            np.column_stack([x + beside[:, 0] * way, beside[:, 1], beside[:, 0] * 0]), SIZE
        ).astype(int)
        for x, way in ((0.0, -1.0), (10.0, 1.0))
    )
    for azimuth, darker, lighter in ((90.0, west, east), (270.0, east, west)):
        picture = draw(city, "iso", azimuth_deg=0.0, size_px=SIZE, sun=Sun(azimuth, 35.0)).array.sum(2)
        dark, light = (np.median(picture[side[:, 1], side[:, 0]]) for side in (darker, lighter))
        assert dark < light - 90


@opengl
def test_no_shadow_falls_towards_the_sun_beyond_the_site() -> None:
    city, size = town(), (640, 480)
    camera = view_camera(city, "iso", size_px=size)
    picture = draw(city, "iso", size_px=size, sun=Sun(118.0, 41.0)).array.astype(int)
    ground = float(city_mesh(city.program).position[:, 2].min())
    spots = [[x, y, ground] for x in (110.0, 114.0, 118.0, 122.0) for y in (0.0, 20.0, 40.0)]
    px = camera.project(np.array(spots), size).astype(int)
    seen = picture[px[:, 1], px[:, 0]]
    assert seen.min() > 215
    assert np.ptp(seen.sum(1)) < 30


@pytest.mark.parametrize("renderer", ["auto", "painter"])
def test_ids_say_what_is_in_front(renderer) -> None:
    near = Element("near", "office", box(0, 0, 20, 10), 8)
    far = Element("far", "office", box(2, 30, 16, 10), 4)
    ring = box(-30, -30, 80, 100)
    city = City(Program(1, ring, (), (Block("b", ring, (near, far)),)))
    level = section_camera(city.program, SIZE, through=np.array([0.0, -20.0]), azimuth_deg=0.0)
    assert visible_px(city, id_buffer(city, level, size_px=SIZE, renderer=renderer))["far"] == 0
    above = view_camera(city, "iso", azimuth_deg=180.0, size_px=SIZE)
    ids = id_buffer(city, above, size_px=SIZE, renderer=renderer)
    assert ids.dtype == np.int32
    assert ids.shape == (150, 200)
    counts = visible_px(city, ids)
    assert counts["far"] > 200
    assert counts["near"] > 200
    for element, number in ((near, 1), (far, 2)):
        top = np.array([[*element.polygon.mean(0), element.top - 1.0]])
        x, y = above.project(top, SIZE)[0, :2]
        assert ids[int(y), int(x)] == number


@opengl
@pytest.mark.parametrize("view", SEEN)
@pytest.mark.parametrize("azimuth_deg", [None, 200.0])
def test_both_id_buffers_agree(view, azimuth_deg) -> None:
    city = town()
    camera = view_camera(city, view, azimuth_deg=azimuth_deg, size_px=(320, 240))
    exact = id_buffer(city, camera, size_px=(320, 240), renderer="painter")
    quick = id_buffer(city, camera, size_px=(320, 240), renderer="opengl")
    assert (exact != quick).mean() < 1e-3
    assert len(np.unique(quick)) >= 3


def test_ids_are_those_of_rays_through_a_box() -> None:
    city = alone(Element("e", "school", box(0, 0, 12, 8), 3))
    camera = iso_camera(city.program, (64, 64), azimuth_deg=30.0)
    ids = id_buffer(city, camera, size_px=(64, 64), renderer="painter")
    left, right, bottom, top = camera.window
    low, high = np.array([0.0, 0.0, 0.0]), np.array([12.0, 8.0, 3 * 3.2])
    for row in range(0, 64, 3):
        for column in range(0, 64, 3):
            across = left + (column + 0.5) / 64 * (right - left)
            up = top - (row + 0.5) / 64 * (top - bottom)
            start = camera.eye + across * camera.axes[0] + up * camera.axes[1]
            times = np.sort(
                np.stack([(low - start) / camera.axes[2], (high - start) / camera.axes[2]]), axis=0
            )
            slack = times[1].min() - times[0].max()
            if abs(slack) > 1.2:  # the parapet's inside and a door's step are no box
                assert (ids[row, column] == 1) == (slack > 0.0)


def test_trees_hide_nothing() -> None:
    city = town()
    camera = view_camera(city, "iso", size_px=(320, 240))
    ids = id_buffer(city, camera, size_px=(320, 240))
    assert ids.min() == 0
    trees = trees_of(city.program)
    park = city.position("park") + 1
    inside = shapely.contains_xy(shapely.buffer(city.polygons[park - 1], -1.0), trees.feet)
    crowns = np.column_stack([trees.feet[inside], np.full(inside.sum(), 0.2)])
    at = camera.project(crowns, (320, 240)).astype(int)
    assert (ids[at[:, 1], at[:, 0]] == park).mean() > 0.5


def test_a_camera_projects_as_its_matrix_does() -> None:
    city = town()
    points = np.random.default_rng(1).uniform([0, 0, 0], [90, 70, 40], (40, 3))
    for view in SEEN:
        camera = view_camera(city, view, size_px=SIZE)
        clip = np.column_stack([points, np.ones(40)]) @ camera.matrix().T
        front = clip[:, 3] > 0.5
        own = clip[front, :2] / clip[front, 3:]
        px = camera.project(points, SIZE)[front, :2]
        assert np.allclose(px, (own * [0.5, -0.5] + 0.5) * SIZE, atol=1e-6)
        assert front.any()


def test_a_street_view_stands_on_a_street_and_sees_its_target() -> None:
    city = town()
    for name in ("hall", "tower", "flats", "house"):
        camera = street_camera(city.program, SIZE, target=city.element(name))
        eye = shapely.points(camera.eye[:2])
        assert shapely.distance(city.centre_lines, eye).min() < 1e-6
        assert shapely.distance(city.polygons[city.is_building], eye).min() > 0.5
        assert 1.5 < camera.eye[2] < 1.9
        seen = visible_px(city, id_buffer(city, camera, size_px=SIZE))
        assert seen[name] > 0.02 * SIZE[0] * SIZE[1], name
        corner = np.array([*city.element(name).polygon[0], 0.0])
        upright = camera.project(np.stack([corner, corner + np.array([0.0, 0.0, 6.0])]), SIZE)
        assert upright[0, 0] == pytest.approx(upright[1, 0])
        assert upright[0, 1] > upright[1, 1]


def test_an_iso_view_frames_everything_or_its_target() -> None:
    city = town()
    for azimuth in (0.0, 45.0, 133.0, 290.0):
        camera = view_camera(city, "iso", azimuth_deg=azimuth, size_px=SIZE)
        corners = np.concatenate(
            [np.column_stack([e.polygon, np.full(len(e.polygon), e.top)]) for e in city.elements]
        )
        px = camera.project(corners, SIZE)[:, :2]
        assert (px > 0.0).all()
        assert (px < SIZE).all()
    ids = id_buffer(city, view_camera(city, "iso", target="house", size_px=SIZE), size_px=SIZE)
    assert (
        visible_px(city, ids)["house"]
        > 3 * visible_px(city, id_buffer(city, view_camera(city, "iso", size_px=SIZE), size_px=SIZE))["house"]
    )


def test_a_section_cuts_buildings_exactly() -> None:
    city = town()

    def cut_through_house(azimuth: float) -> dict[str, Cut]:
        camera = view_camera(city, "section", target="house", azimuth_deg=azimuth, size_px=SIZE)
        return {city.elements[cut.index].id: cut for cut in cuts_of(city.program, camera)}

    cuts = cut_through_house(0.0)
    assert set(cuts) == {"house", "tower"}
    house = city.element("house")
    gable = cuts["house"].outline
    assert gable[:, 1].max() == pytest.approx(house.top)
    assert gable[[1, -2], 1] == pytest.approx([house.height] * 2)
    assert np.ptp(gable[:, 0]) == pytest.approx(10.0)
    cuts = cut_through_house(90.0)
    assert set(cuts) == {"house", "shed", "flats"}
    assert cuts["house"].outline[1:-1, 1].min() == pytest.approx(house.top)
    assert cuts["flats"].floors == pytest.approx(np.arange(1, 7) * 3.2)
    assert np.ptp(cuts["shed"].outline[:, 0]) == pytest.approx(8.0)


def test_highlights_outline_and_leave_the_rest_as_it_was() -> None:
    for view in VIEWS:
        plain = small(view, target="hall").array.astype(int)
        lit = small(view, target="hall", highlight=["hall"]).array.astype(int)
        if view == "plan":
            plain = small(view).array.astype(int)
        changed = np.abs(plain - lit).sum(2) > 30
        assert 0 < changed.mean() < 0.25, view
        assert (np.abs(lit[changed] - (214, 62, 40)).sum(1) < 60).sum() > 20, view


def test_a_plan_shows_types_where_they_stand() -> None:
    picture = draw(town(), "plan", size_px=(640, 480)).array
    found = {tuple(row) for row in picture.reshape(-1, 3).tolist()}
    for kind in ("civic", "residential", "office", "mixed", "industrial", "water"):
        assert TYPE_COLORS[kind] in found, kind
    bare = draw(alone(Element("e", "hospital", box(0, 0, 30, 30), 2)), "plan", size_px=(400, 400)).array
    rows, columns = np.nonzero((bare[:380] == TYPE_COLORS["hospital"]).all(2))
    assert 15 < np.ptp(rows) == pytest.approx(np.ptp(columns), abs=2)
    north = draw(town(), "plan", size_px=(640, 480)).array[5:16, 622:633]
    assert (north < 90).all(2).sum() > 30


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*BUILDING_TYPES, "greenspace", "plaza", "water"]),
            st.floats(-60, 60),
            st.floats(-60, 60),
            st.floats(2, 50),
            st.floats(2, 50),
            st.integers(1, 150),
            st.sampled_from(ROOF_SHAPES),
            st.sampled_from([None, *PROGRAMS]),
        ),
        max_size=6,
    ),
    st.sampled_from(VIEWS),
    st.sampled_from(["auto", "painter"]),
    st.floats(-400, 400),
)
def test_whatever_a_program_holds_is_drawn(rows, view, renderer, azimuth) -> None:
    elements = []
    for number, (kind, x, y, width, depth, floors, shape, program) in enumerate(rows):
        is_flat = kind in ("greenspace", "plaza", "water")
        roof = None if is_flat else Roof(shape, 0.0 if shape == "flat" else 3.0)
        ring = (
            ell(x, y, width, depth, min(width, depth) / 2.0)
            if number % 2
            else box(x, y, width, depth, azimuth)
        )
        floors_of = None if is_flat else floors
        elements.append(
            Element(f"e{number}", kind, ring, floors_of, roof=roof, program=None if is_flat else program)
        )
    ring = box(-70, -70, 140, 140)
    city = City(Program(1, ring, (), (Block("b", ring, tuple(elements)),), PROGRAMS))
    image = draw(city, view, azimuth_deg=azimuth, size_px=(96, 72), renderer=renderer, sun=DAY)
    assert image.array.shape == (72, 96, 3)


def test_a_site_of_any_size_is_drawn() -> None:
    for scale in (0.05, 1.0, 180.0):
        ring = box(-10_000 if scale > 100 else 0, 0, 100 * scale, 80 * scale)
        city = City(Program(1, ring, (), (Block("b", ring, ()),)))
        for view in VIEWS:
            assert draw(city, view, size_px=(96, 72)).array.shape == (72, 96, 3)


@pytest.mark.mujoco
@opengl
def test_mujoco_and_opengl_live_in_one_process(python) -> None:
    pytest.importorskip("mujoco")
    script = (
        f"sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "import mujoco\nfrom cities import town\nfrom eyesmith.tools.city_views import draw\n"
        'model = mujoco.MjModel.from_xml_string(\'<mujoco><worldbody><light pos="0 0 3"/><geom type="box" '
        'size="1 1 1"/></worldbody></mujoco>\')\n'
        "data = mujoco.MjData(model); mujoco.mj_forward(model, data)\n"
        "eye = mujoco.Renderer(model, 60, 80)\n"
        "def shot():\n    eye.update_scene(data)\n    return eye.render().copy()\n"
        "first, city = shot(), town()\n"
        f"seen = draw(city, 'iso', size_px={SIZE}).sha256\n"
        "assert (shot() == first).all() and first.std() > 1\n"
        f"print(draw(city, 'iso', size_px={SIZE}).sha256 == seen and seen)"
    )
    assert python(script, MUJOCO_GL="egl") == small("iso").sha256


def test_narrow_buildings_are_lettered_from_below(monkeypatch):
    from eyesmith.scenarios.city_program import city_task
    from eyesmith.tools import city_labels

    turned, keep = [], city_labels._turned
    monkeypatch.setattr(city_labels, "_turned", lambda *args: (turned.append(args[2]), keep(*args)))
    _, world = city_task("t", "train", 8, (1, 2, 8), 4)
    city = City(world.stages[0].solution)
    draw(city, "plan", size_px=(640, 640))
    narrow = {e.id for e in city.elements if np.ptp(e.polygon[:, 0]) < np.ptp(e.polygon[:, 1])}
    assert turned
    assert {line.split()[0] for line in turned} <= narrow
