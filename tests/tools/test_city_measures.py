"""Measures of a city against what can be worked out by hand, or by brute force."""

import numpy as np
import pytest
import shapely
import towns
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from eyesmith.errors import UsageError
from eyesmith.tools.city_parts import Component

SOUTH = {"azimuth_deg": 180.0, "elevation_deg": 45.0}


@pytest.fixture(scope="module")
def quarter():
    """A site of 100 x 100 m with an office, a house, a park and a pond."""
    return towns.city(
        towns.house("office", 0, 0, 20, 20, type="office", floor_count=10),
        towns.house("home", 60, 60, 10, 20, floor_count=2, roof={"shape": "gabled", "height": 4}),
        towns.park("green", 60, 0, 40, 40),
        towns.park("pond", 0, 60, 20, 20, type="water"),
        side=100.0,
        streets=[towns.street("s", (0, 50), (100, 50))],
    )


def test_densities(quarter):
    assert quarter.site_area_m2 == 10_000
    assert quarter.footprint_m2 == 600
    assert quarter.floor_area_m2() == 4000 + 400
    assert quarter.floor_area_m2("office") == 4000
    assert quarter.floor_area_share("office") == pytest.approx(4000 / 4400)
    assert quarter.far == pytest.approx(0.44)
    assert quarter.gsi == pytest.approx(0.06)
    assert quarter.osr == pytest.approx(0.94 / 0.44)
    assert quarter.green_share == pytest.approx(0.16)
    assert quarter.ground_share("water") == pytest.approx(0.04)
    assert [quarter.count(kind) for kind in ("building", "flat", "any", "office", "school")] == [
        2,
        2,
        4,
        1,
        0,
    ]


def test_an_empty_city_has_measures_too():
    empty = towns.city()
    assert (empty.far, empty.gsi, empty.osr, empty.green_share) == (0.0, 0.0, np.inf, 0.0)
    assert (empty.max_height_m, empty.mean_height_m, empty.tallest, empty.skyline) == (0.0, 0.0, None, 0.0)
    assert (empty.connectivity, empty.dead_ends, empty.junctions, empty.street_length_m()) == (0.0, 0, 0, 0.0)
    assert empty.floor_area_share("office") == 0.0
    assert empty.color_share("building", ("navy",)) == 0.0


def test_heights(quarter):
    assert quarter.tops_m().tolist() == [32.0, pytest.approx(10.4)]
    assert quarter.max_height_m == 32.0
    assert quarter.mean_height_m == pytest.approx(21.2)
    assert quarter.tallest.id == "office"
    assert quarter.lead_m("office") == pytest.approx(21.6)
    assert quarter.lead_m("home") == pytest.approx(-21.6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=3, max_size=16))
def test_skyline_is_spearmans_rho(floors):
    houses = [
        towns.house(f"h{k}", 12 * k, 3 * k, floor_count=count, floor_height=3.0)
        for k, count in enumerate(floors)
    ]
    city = towns.city(*houses)
    away = np.hypot(*(city.centroids - (100, 100)).T)
    if len(set(floors)) == 1:
        assert city.skyline == 0.0
    else:
        assert city.skyline == pytest.approx(spearmanr(floors, -np.round(away, 6)).statistic)


def test_distances_and_directions(quarter):
    assert quarter.distance_m("office", "home") == pytest.approx(np.hypot(40, 40))
    assert quarter.distance_m("office", "green") == 40
    assert quarter.bearing_deg("green", "office") == pytest.approx(np.degrees(np.arctan2(70, 10)))
    assert quarter.off_direction_deg("pond", "office", "north") == pytest.approx(0.0)
    assert quarter.off_direction_deg("office", "pond", "north") == pytest.approx(180.0)
    assert quarter.off_direction_deg("home", "office", "north_east") < 5
    assert np.isnan(quarter.bearing_deg("home", "home"))
    assert quarter.neighbors("office", 45.0) == ["green", "pond"]
    assert quarter.neighbors("office", 60.0) == ["green", "pond", "home"]
    with pytest.raises(UsageError, match="Did you mean 'office'"):
        quarter.distance_m("ofice", "home")


def test_adjacency():
    city = towns.city(towns.house("a", 0, 0), towns.house("b", 11, 0), towns.house("c", 22.1, 0))
    assert city.is_adjacent("a", "b")
    assert not city.is_adjacent("b", "c")
    assert city.gaps.tolist() == [1.0, 1.0, pytest.approx(1.1)]
    assert towns.city(towns.house("a", 0, 0)).gaps.tolist() == [np.inf]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 180), st.floats(0, 180)), min_size=2, max_size=15, unique=True))
def test_gaps_are_those_of_a_loop(corners):
    city = towns.city(
        *[towns.house(f"h{k}", *corner) for k, corner in enumerate(corners)], towns.park("g", 0, 0)
    )
    shapes = city.polygons[:-1]
    for position, gap in enumerate(city.gaps[:-1]):
        others = np.delete(shapes, position)
        assert gap == pytest.approx(shapely.distance(shapes[position], others).min(), abs=1e-9)
    assert np.isnan(city.gaps[-1])


def test_places(quarter):
    assert quarter.centre_distance_m("office") == pytest.approx(np.hypot(40, 40))
    assert quarter.corner_distance_m("office") == 0.0
    assert quarter.corner_distance_m("home") == pytest.approx(np.hypot(30, 20))
    assert quarter.setbacks.tolist() == [0.0, 20.0, 0.0, 0.0]
    assert quarter.detour("home", "office", "home") == pytest.approx(1.0)
    assert quarter.detour("pond", "office", "green") > 1.5
    assert towns.city(towns.house("out", 195, 0)).setbacks.tolist() == [0.0]


def test_rows_and_angles():
    row = [towns.house(f"h{k}", 15 * k, 20, 10, 8 + k) for k in range(4)]
    city = towns.city(*row)
    assert city.row_spread_m(["h0", "h1", "h2", "h3"]) == pytest.approx(0.0)  # fronts in line, backs not
    row[2]["polygon"] = towns.ring(30, 23, 10, 10)
    city = towns.city(*row)
    assert city.row_spread_m(["h0", "h1", "h2", "h3"]) == pytest.approx(3.0)
    assert city.row_spread_m(["h0"]) == 0.0
    angle = np.radians(20)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    ring = (np.array(towns.ring(0, 0, 30, 10)) @ turn + (50, 50)).tolist()
    tilted = towns.city(towns.house("a", 0, 0, polygon=ring), towns.house("b", 100, 100, 30, 10))
    assert tilted.misalignments.tolist() == [pytest.approx(20.0), pytest.approx(0.0, abs=1e-9)]
    assert tilted.aspects.tolist() == [pytest.approx(3.0), pytest.approx(3.0)]
    assert tilted.widths[1] == 10.0
    assert (tilted.least_widths <= tilted.widths + 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(3, 12), st.floats(0.3, 1.0), st.floats(5, 40), st.integers(0, 10**6))
def test_the_quick_width_is_a_lower_bound(corners, squeeze, size, seed):
    angles = np.sort(np.random.default_rng(seed).uniform(0, 2 * np.pi, corners))
    ring = np.stack([size * np.cos(angles), squeeze * size * np.sin(angles)], axis=1) + 100
    shape = shapely.Polygon(ring)
    edges = np.hypot(*(ring - np.roll(ring, 1, 0)).T)
    if not shape.is_valid or shape.area < 5 or edges.min() < 0.6:
        return
    city = towns.city(towns.house("a", 0, 0, polygon=ring.tolist()))
    assert city.least_widths[0] <= city.widths[0] + 1e-9


def test_enclosure():
    ring = [towns.house(f"h{k}", *corner, 60, 10) for k, corner in enumerate([(70, 60), (70, 130)])]
    ring += [towns.house(f"v{k}", *corner, 10, 60) for k, corner in enumerate([(60, 70), (130, 70)])]
    court = towns.park("court", 85, 85, 30, 30)
    assert towns.city(court, *ring).enclosure("court", 20.0) > 0.85
    assert towns.city(court, *ring).enclosure("court", 5.0) == 0.0
    assert towns.city(court, *ring[:2]).enclosure("court", 20.0) == pytest.approx(0.5, abs=0.1)


def test_open_views():
    ends = [towns.house("a", 0, 95), towns.house("b", 190, 95)]
    low = towns.house("wall", 100, 90, 4, 10, floor_count=1)
    city = towns.city(*ends, low)
    assert city.open_view("a", "b", width_m=20.0) == pytest.approx(0.5)
    assert city.open_view("a", "b", width_m=20.0, above_m=3.2) == 1.0
    shade = towns.house("behind", 120, 95, 4, 10)
    assert towns.city(*ends, low, shade).open_view("a", "b", width_m=20.0) == pytest.approx(0.25)
    assert towns.city(*ends, towns.park("g", 100, 90)).open_view("a", "b", width_m=20.0) == 1.0


def test_streets(quarter):
    assert quarter.frontage_m("office") == 25.0
    assert quarter.frontage_m("home") == 5.0
    assert quarter.street_length_m() == quarter.street_length_m("local") == 100.0
    assert quarter.street_length_m("arterial") == 0.0
    assert quarter.connectivity == 1.0
    assert quarter.dead_ends == 0  # both ends lead off the site
    assert np.isinf(towns.city(towns.house("a", 0, 0)).frontages).all()


def test_dead_ends_and_junctions():
    def network(*streets):
        return towns.city(streets=list(streets))

    main = towns.street("main", (0, 100), (200, 100))
    spur = towns.street("spur", (50, 100), (50, 150))
    cross = towns.street("cross", (100, 0), (100, 200))
    loop = towns.street("loop", (50, 150), (80, 150), (80, 180), (50, 180), (50, 150.5))
    assert (network(main).dead_ends, network(main).junctions) == (0, 0)
    assert (network(main, spur).dead_ends, network(main, spur).junctions) == (1, 1)
    assert (network(main, cross).dead_ends, network(main, cross).junctions) == (0, 1)
    assert (network(main, spur, cross).dead_ends, network(main, spur, cross).junctions) == (1, 2)
    assert (network(main, spur, loop).dead_ends, network(main, spur, loop).junctions) == (0, 2)
    halves = network(towns.street("a", (0, 100), (100, 100)), towns.street("b", (100, 100), (200, 100)))
    assert (halves.dead_ends, halves.junctions, halves.connectivity) == (0, 0, 1.0)
    apart = network(main, towns.street("far", (20, 20), (60, 20)))
    assert apart.connectivity == pytest.approx(200 / 240)
    assert apart.dead_ends == 2


def test_a_shadow_by_hand():
    wall = towns.house("wall", 50, 50, 40, 10, floor_count=4, floor_height=5.0)  # 20 m high
    city = towns.city(wall, towns.park("green", 50, 65, 40, 20))
    assert city.shadow_share("green", **SOUTH) == pytest.approx(15 / 20)  # from y = 60 to y = 80
    assert city.shadow_share("green", azimuth_deg=0.0, elevation_deg=45.0) == 0.0
    assert city.shadow_share("green", azimuth_deg=180.0, elevation_deg=90.0) == 0.0
    assert city.shadow_share("wall", **SOUTH) == 0.0
    for elevation in (0.0, -5.0, 91.0, float("nan")):
        with pytest.raises(UsageError, match="elevation"):
            city.shadow_share("green", azimuth_deg=180.0, elevation_deg=elevation)


def test_a_tower_throws_its_own_shadow_from_its_podium():
    podium = towns.house("podium", 50, 50, 40, 10, floor_count=1, floor_height=5.0)
    tower = towns.house("tower", 50, 50.0, 9, 9, floor_count=4, floor_height=5.0, base_height=5.0)
    city = towns.city(podium, tower, towns.park("green", 50, 60, 40, 30))
    expected = 40 * 5 + 9 * (84 - 65)
    assert city.shadow_share("green", **SOUTH) == pytest.approx(expected / 1200)


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 360), st.floats(10, 80), st.integers(1, 12), st.integers(0, 10**6))
def test_shadows_are_those_of_points(azimuth, elevation, floors, seed):
    """A point lies in the shadow where a ray towards the sun meets the box of a concave building."""
    shape = [[90, 90], [120, 90], [120, 98], [98, 98], [98, 120], [90, 120]]
    city = towns.city(
        towns.house("a", 0, 0, polygon=shape, floor_count=floors), towns.park("g", 40, 40, 120, 120)
    )
    (shadow,) = city.shadows(azimuth_deg=azimuth, elevation_deg=elevation)
    height = floors * 3.2
    reach = height / np.tan(np.radians(elevation))
    sun = reach * np.array([np.sin(np.radians(azimuth)), np.cos(np.radians(azimuth))])
    points = np.random.default_rng(seed).uniform(40, 160, (60, 2))
    rays = shapely.linestrings(np.stack([points, points + sun], axis=1))
    edge = shapely.distance(shapely.points(points), shapely.boundary(shadow)) < 1e-6
    dark = shapely.intersects(rays, shapely.Polygon(shape))
    assert (shapely.intersects_xy(shadow, points) == dark)[~edge].all()
    inside = shadow.intersection(city.polygons[1]).area / city.areas[1]
    assert city.shadow_share("g", azimuth_deg=azimuth, elevation_deg=elevation) == pytest.approx(inside)


def test_finishes():
    city = towns.city(
        towns.house("a", 0, 0, program="brick", roof={"shape": "hipped", "height": 3}),
        towns.house("b", 20, 0, program="brick"),
        towns.house("c", 40, 0),
        building_programs={
            "brick": [
                {"type": "wall", "color": "brick_red", "material": "brick"},
                {"type": "window", "count": 8, "color": "white"},
                {"type": "window", "count": 4, "color": "navy"},
            ]
        },
    )
    assert city.color("a") == "brick_red"
    assert city.color("c") is None
    assert city.color("a", "roof") is None
    assert city.color_share("building", ("brick_red", "navy")) == pytest.approx(2 / 3)
    assert city.material_share("residential", ("brick",)) == pytest.approx(2 / 3)
    assert city.roof_share("building", ("hipped",)) == pytest.approx(1 / 3)
    assert city.roof_shape("b") == "flat"
    assert city.component_match("a", Component("window", count=4, color="navy")) == 1.0
    assert city.component_match("a", Component("window", count=4, color="white")) == pytest.approx(2 / 3)
    assert city.component_match("a", Component("door")) == 0.0
    assert city.component_match("c", Component("wall")) == 0.0
    assert city.component_share("building", Component("wall")) == pytest.approx(2 / 3)


def test_pointers_and_blocks():
    data = towns.town(towns.house("a", 0, 0), towns.house("b", 20, 0))
    data["blocks"].insert(0, {"id": "empty", "polygon": towns.ring(150, 150, 20, 20)})
    data["blocks"].append(
        {"id": "east", "polygon": towns.ring(150, 0, 50, 100), "elements": [towns.house("c", 160, 10)]}
    )
    city = towns.built(data)
    assert [city.pointer(k) for k in range(3)] == [
        "/blocks/1/elements/0",
        "/blocks/1/elements/1",
        "/blocks/2/elements/0",
    ]
    assert city.block_of("c").id == "east"
    assert "a" in city
    assert "z" not in city
    assert [e.id for e in city.buildings] == ["a", "b", "c"]
    assert city.flats == ()


def test_what_is_seen_from_a_point():
    target = towns.house("target", 50, 100, 20, 20, floor_count=10, floor_height=3.0)
    alone = towns.city(target)
    assert alone.visible_share("target", 60, 10) == 1.0
    assert alone.visible_share("target", 60, 110) == 1.0
    wall = towns.house("wall", 0, 50, 150, 10, floor_count=2, floor_height=3.0)
    hidden = towns.city(target, wall)
    # The wall's ridge, 6 m high at 40 m, hides what lies below 1.6 + 4.4 / 40 * 90 = 11.5 m at 90 m.
    assert hidden.visible_share("target", 60, 10) == pytest.approx(1 - 11.5 / 30, abs=0.02)
    assert hidden.visible_share("target", 60, 10, eye_m=200.0) == 1.0
    assert hidden.visible_share("target", 60, 190) == 1.0
    high = towns.city(target, wall | {"floor_count": 12})
    assert high.visible_share("target", 60, 10) == 0.0
    half = towns.city(target, towns.house("wall", 60, 50, 90, 10, floor_count=12))
    assert half.visible_share("target", 60, 10) == pytest.approx(0.5, abs=0.1)
    low = towns.city(towns.park("green", 50, 100, 20, 20), wall)
    assert low.visible_share("green", 60, 10) == 0.0
    assert low.visible_share("green", 60, 190) == 1.0
