"""Generated cities are valid and look like cities; the ground under them is cut exactly."""

from contextlib import suppress
from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon

from eyesmith.scenarios.city_layout import ELEMENTS, layout_of
from eyesmith.scenarios.city_network import BLOCKS
from eyesmith.scenarios.city_parcels import (
    LayoutError,
    Parcel,
    abreast,
    area_of,
    chord,
    extent,
    fitted,
    frame_of,
    long_axis,
    middle_of,
)
from eyesmith.tools.city import City
from eyesmith.tools.city_checks import plausibility_of
from eyesmith.tools.city_program import program_data
from eyesmith.tools.city_validity import check

LEVELS = (1, 2, 3, 4, 5)
RECTANGLE = ((0.0, 0.0), (40.0, 0.0), (40.0, 20.0), (0.0, 20.0))


def laid_out(level, count):
    """The first layouts of a level that came to be."""
    found, seed = [], 0
    while len(found) < count:
        with suppress(LayoutError):
            found.append(layout_of(np.random.default_rng([level, seed]), level))
        seed += 1
    assert seed < 8 * count + 20
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_layouts_are_without_fault_and_plausible(level):
    for layout in laid_out(level, 8):
        city = City(layout.program)
        assert check(city).problems == ()
        assert plausibility_of(city).value >= 0.95
        low, high = ELEMENTS[level]
        assert low <= len(city.elements) <= high
        blocks = BLOCKS.get(level, (1, 1))
        assert blocks[0] <= len(layout.program.blocks) <= blocks[1]


@pytest.mark.parametrize("level", [3, 4, 5])
def test_streets_are_one_network_without_dead_ends(level):
    for layout in laid_out(level, 8):
        city = City(layout.program)
        assert city.connectivity == pytest.approx(1.0)
        assert city.dead_ends == 0


def test_streets_leave_room_beside_every_block():
    for layout in laid_out(4, 4):
        city = City(layout.program)
        for street in city.carriageways:
            assert all(street.distance(block) >= 2.0 for block in city.block_polygons)


@pytest.mark.parametrize("level", LEVELS)
def test_the_same_seed_gives_the_same_city(level):
    one, other = (laid_out(level, 1)[0] for _ in range(2))
    assert program_data(one.program) == program_data(other.program)
    assert one.vacant == other.vacant


def test_cities_differ():
    texts = {str(program_data(layout.program)) for layout in laid_out(1, 20)}
    assert len(texts) == 20


def test_what_is_given_is_the_ground_alone():
    layout = laid_out(3, 1)[0]
    given_, bare = layout.given(bare=False), layout.given(bare=True)
    assert given_.elements == bare.elements == ()
    assert dict(given_.building_programs) == {}
    assert given_.streets == layout.program.streets
    assert [block.id for block in given_.blocks] == [block.id for block in layout.program.blocks]
    assert bare.streets == bare.blocks == ()
    assert (bare.site == layout.program.site).all()


def test_vacant_plots_are_free():
    for layout in laid_out(5, 10):
        assert layout.vacant
        city = City(layout.program)
        for block, ring in layout.vacant:
            home = next(one for one in layout.program.blocks if one.id == block)
            assert Polygon(home.polygon).buffer(0.1).covers(Polygon(ring))
            assert not city.tree.query(Polygon(ring), predicate="intersects").size


def test_single_things_are_single():
    for level in LEVELS:
        for layout in laid_out(level, 6):
            types = [element.type for element in layout.program.elements]
            assert all(types.count(one) <= 1 for one in ("school", "hospital", "civic", "landmark"))


# -- parcels


@given(st.floats(0.05, 0.95), st.floats(0.05, 0.95), st.floats(0.0, pi), st.sampled_from([0.0, 1.0, 2.5]))
def test_a_cut_keeps_the_area_and_the_margins(east, north, along, margin):
    parcel = Parcel.of(RECTANGLE, 1.0)
    left, right = parcel.cut((40.0 * east, 20.0 * north), along, margin)
    assert area_of(left.ring) + area_of(right.ring) == pytest.approx(800.0)
    for half in (left, right):
        assert set(half.margins) <= {1.0, margin}
        assert area_of(half.ring) > 0.0


def test_the_inner_outline_is_without_its_margins():
    inner = Parcel(RECTANGLE, (1.0, 2.0, 3.0, 4.0)).inner()
    low, high = np.min(inner, axis=0), np.max(inner, axis=0)
    assert low.tolist() == [4.0, 1.0]
    assert high.tolist() == [38.0, 17.0]
    assert Parcel.of(RECTANGLE, 10.5).inner() == ()


def test_measures_of_a_ring():
    assert area_of(RECTANGLE) == 800.0
    assert middle_of(RECTANGLE) == pytest.approx((20.0, 10.0))
    assert frame_of(RECTANGLE) == 0.0
    assert extent(RECTANGLE, pi / 2) == pytest.approx((0.0, 20.0))
    assert long_axis(RECTANGLE, 0.0) == 0.0
    assert long_axis(RECTANGLE, pi / 2) == pytest.approx(pi)
    assert abreast(RECTANGLE, 0.0, 0.25) == pytest.approx((10.0, 10.0))
    ends = sorted(chord(RECTANGLE, (10.0, 10.0), pi / 2))
    assert np.allclose(ends, [(10.0, 0.0), (10.0, 20.0)])


def test_the_fitted_rectangle_lies_inside_and_fills_a_rectangle():
    middle, width, depth = fitted(RECTANGLE, 0.0, (1.0, 2.0))
    assert (middle, width, depth) == (pytest.approx((20.0, 10.0)), pytest.approx(40.0), pytest.approx(20.0))
    triangle = ((0.0, 0.0), (30.0, 0.0), (0.0, 30.0))
    (x, y), width, depth = fitted(triangle, 0.0, (0.5, 1.0, 2.0))
    assert x - width / 2 >= -1e-9
    assert y - depth / 2 >= -1e-9
    assert x + width / 2 + y + depth / 2 <= 30.0 + 1e-9
