"""The OpenGL programs that paint a city; GLSL 3.30 texts.

All light is reckoned in linear colours and encoded once at the end. Lines of a pattern are averaged over the
pixel exactly (`band`), so that windows neither flicker nor alias at any distance.
"""

__all__ = [
    "IDS_FRAGMENT",
    "SCENE_BYTES",
    "SHADOW_FRAGMENT",
    "color_fragment",
    "color_vertex",
    "ids_vertex",
    "scene_bytes",
    "shadow_vertex",
    "sky_fragment",
]

import numpy as np

from .city_faces import KINDS
from .city_patterns import PATTERNS, WALL
from .city_sky import BRIGHTEST, SKY, SKY_FRAGMENT

# The fields of the block that all programs share, in floats, as std140 lays them out.
FIELDS = {
    "view": 16,
    "sun_view": 16,
    "ground": 4,
    "window": 4,
    "sun": 4,
    "eye": 4,
    "gaze": 4,
    "size": 2,
    "haze_m": 1,
    "texel": 1,
    "clearance": 4,
}
SMOOTH_KINDS = (KINDS.index("foliage"), KINDS.index("dome"))
SCENE_BYTES = 4 * sum(FIELDS.values())

SCENE = """
layout(std140) uniform Scene {
    mat4 view;
    mat4 sun_view;
    vec4 ground;
    vec4 window;
    vec4 sun;
    vec4 eye;
    vec4 gaze;
    vec2 size;
    float haze_m;
    float texel;
    vec4 clearance;
};
"""

SHADOW_VERTEX = """
in vec3 in_position;
void main() { gl_Position = sun_view * vec4(in_position, 1.0); }
"""

SHADOW_FRAGMENT = """#version 330
void main() {}
"""

IDS_VERTEX = """
in vec3 in_position;
in int in_element;
flat out int element;
void main() { element = in_element; gl_Position = view * vec4(in_position, 1.0); }
"""

IDS_FRAGMENT = """#version 330
flat in int element;
out int out_element;
void main() { out_element = element; }
"""

COLOR_VERTEX = """
in vec3 in_position;
in vec3 in_normal;
in vec2 in_uv;
in vec4 in_cell;
in vec3 in_color;
in vec4 in_trim;
out vec3 place;
SMOOTH out vec3 normal;
out vec2 uv;
out vec3 shaded_at;
flat out vec4 cell;
flat out vec3 paint;
flat out vec4 trim;
void main() {
    gl_Position = view * vec4(in_position, 1.0);
    place = in_position;
    normal = in_normal;
    uv = in_uv;
    cell = in_cell;
    paint = in_color;
    trim = in_trim;
    vec4 lit = sun_view * vec4(in_position + in_normal * clearance.x, 1.0);
    shaded_at = lit.xyz * 0.5 + 0.5;
}
"""

COLOR_FRAGMENT = (
    """
uniform sampler2DShadow shadows;
uniform sampler2D heights;
in vec3 place;
SMOOTH in vec3 normal;
in vec2 uv;
in vec3 shaded_at;
flat in vec4 cell;
flat in vec3 paint;
flat in vec4 trim;
out vec4 out_color;
"""
    + SKY
    + PATTERNS
    + WALL
    + """
float openness(vec3 n) {
    // How much sky is seen over the neighbours, from heights blurred at two reaches.
    vec2 around = texture(heights, (place.xy + n.xy * 4.0 - ground.xy) * ground.zw).rg - place.z;
    vec2 closed = clamp(around * vec2(0.2, 0.05), 0.0, 1.0);
    return (1.0 - 0.5 * closed.x) * (1.0 - 0.5 * closed.y);
}
float sunlight() {
#if IS_NEAR
    float e = texel * 0.75;
    float z = clamp(shaded_at.z - 0.0006, 0.0, 1.0);
    float s = texture(shadows, vec3(shaded_at.xy + vec2(-e, -0.4 * e), z));
    s += texture(shadows, vec3(shaded_at.xy + vec2(e, 0.4 * e), z));
    s += texture(shadows, vec3(shaded_at.xy + vec2(0.4 * e, -e), z));
    s += texture(shadows, vec3(shaded_at.xy + vec2(-0.4 * e, e), z));
    return 0.25 * s;
#else
    return texture(shadows, vec3(shaded_at.xy, clamp(shaded_at.z - 0.0006, 0.0, 1.0)));
#endif
}
void main() {
    vec2 w = max(fwidth(uv), vec2(1e-4));
#if KIND == 9 || KIND == 12
    vec3 n = normalize(normal);
#else
    vec3 n = normal;
#endif
#if IS_PARALLEL
    vec3 to_eye = -gaze.xyz;
    float far_m = 0.0;
#else
    vec3 to_eye = normalize(eye.xyz - place);
    float far_m = distance(eye.xyz, place);
#endif
    float facing = dot(n, sun.xyz);
#if KIND == 9
    facing = facing * 0.72 + 0.22;
#endif
    float lit = sunlight();
    float open = openness(n);
#if KIND == 11
    vec2 mapped = step(vec2(0.0), shaded_at.xy) * step(shaded_at.xy, vec2(1.0));
    lit = mix(1.0, lit, mapped.x * mapped.y);
    float faded = smoothstep(0.8, 1.0, max(abs(uv.x), abs(uv.y)));
    float shade = mix((0.74 + 0.26 * lit) * (0.6 + 0.4 * open), 1.0, faded);
#if IS_PARALLEL
    // Blended over the backdrop, which is encoded as a square root already.
    out_color = vec4(0.0, 0.0, 0.0, 1.0 - sqrt(mix(1.0, shade, 0.85)));
#else
    vec3 beyond = mix(vec3(0.42, 0.415, 0.375), sky_color(0.0), 1.0 - exp(-far_m / (haze_m * 0.6)));
    out_color = vec4(encoded(beyond * mix(1.0, shade, exp(-far_m / haze_m))), 1.0);
#endif
#else
    vec3 color = paint;
    float glass = 0.0;
#if KIND == 1
    Wall made = wall(w, lit);
    color = made.color;
    glass = made.glass;
    lit *= 1.0 - made.dark;
    open *= 1.0 - 0.5 * made.dark;
#elif KIND == 2
    color *= 0.95 + 0.08 * mottle(place.xy * 0.6);
    vec2 sheet = place.xy / 4.0;
    color *= 1.0 - 0.1 * max(band(sheet.x, 0.0, 0.04, w.x / 4.0), band(sheet.y, 0.0, 0.04, w.y / 4.0));
#elif KIND == 3
    color *= 0.93 + 0.13 * mottle(uv * vec2(0.5, 0.9));
    color *= 1.0 - 0.28 * band(uv.y / 0.42, 0.0, 0.2, w.y / 0.42);
    float tile = chance(floor(uv / vec2(0.3, 0.42))) - 0.5;
    color *= 1.0 + 0.12 * tile * (1.0 - smoothstep(0.1, 0.4, max(w.x, w.y)));
#elif KIND == 4
    color *= 0.86 + 0.16 * mottle(place.xy * 0.16) + 0.12 * mottle(place.xy * 0.9);
    color *= 1.0 + 0.24 * (1.0 - smoothstep(0.03, 0.2, max(w.x, w.y))) * (chance(place.xy * 11.0) - 0.5);
#elif KIND == 5
    vec2 ripple = vec2(mottle(place.xy * 0.9), mottle(place.yx * 0.9 + 7.0)) - 0.5;
    n = normalize(n + vec3(0.05 * ripple, 0.0));
    color *= 0.9 + 0.14 * mottle(place.xy * vec2(0.25, 0.5));
    glass = 0.8;
#elif KIND == 6 || KIND == 8
    float unit = KIND == 6 ? 1.5 : 2.4;
    vec2 p = place.xy / unit;
    vec2 f = w / unit;
    float joint = max(band(p.x, 0.0, 0.05, f.x), band(p.y, 0.0, 0.05, f.y));
    float fade = 1.0 - smoothstep(0.25, 1.0, max(f.x, f.y));
    color *= 1.0 + fade * ((KIND == 6 ? 0.1 : 0.05) * (chance(p) - 0.5) - 0.12 * joint);
    color *= 0.97 + 0.05 * mottle(place.xy * 0.21);
#elif KIND == 7
    color *= 0.93 + 0.1 * mottle(place.xy * 0.3) + 0.03 * mottle(place.xy * 2.3);
#elif KIND == 9
#if IS_PARALLEL
    color *= 0.74 + 0.42 * mottle(vec2(place.x + place.z, place.y - place.z) * 1.7);
#else
    // Leaves: crowns lose their outline in tufts, which also catch light differently.
    vec3 q = place * 3.1;
    float tuft = 0.6 * mottle(vec2(q.x + 0.6 * q.z, q.y - 0.7 * q.z));
    tuft += 0.4 * mottle(vec2(q.y + 0.4 * q.x, q.z) * 2.3);
    float leaf = 0.5 * mottle(vec2(q.x - q.z, q.y + q.z) * 5.0);
    leaf += 0.5 * mottle(vec2(q.z + q.x, q.z - q.y) * 6.1);
    float rim = abs(dot(n, to_eye));
    if (rim < 0.75 * (0.7 * tuft + 0.6 * leaf) - 0.06) discard;
    color *= 0.5 + 0.62 * tuft + 0.34 * leaf;
    n = normalize(n + 0.7 * (vec3(tuft, leaf, 1.0 - tuft) - 0.5));
    facing = dot(n, sun.xyz) * 0.72 + 0.22;
#endif
    open *= 0.72 + 0.28 * smoothstep(-0.7, 0.6, n.z);
#endif
    float sky_share = 0.5 + 0.5 * n.z;
    vec3 ambient = mix(vec3(0.235, 0.215, 0.19), vec3(0.43, 0.49, 0.575), sky_share);
    // Light that sunlit ground and walls throw back into the shade.
    ambient += vec3(0.10, 0.085, 0.065) * (1.0 - sky_share);
    vec3 beam = vec3(1.27, 1.13, 0.93) * (max(facing, 0.0) * lit);
    vec3 shone = color * (ambient * open + beam);
#if KIND == 1 || KIND == 5
    vec3 back = reflect(-to_eye, n);
    float away = 1.0 - max(dot(to_eye, n), 0.0);
    float fresnel = 0.05 + 0.6 * away * away * away;
    float wave = mottle(place.xy * 0.08 + place.z * 0.11) - 0.5;
    vec3 above = sky_color(max(back.z, 0.0) * 0.7 + 0.1);
    vec3 mirrored = mix(vec3(0.20, 0.205, 0.20), above, smoothstep(-0.75, 0.55, back.z + 0.22 * wave));
    float glint = pow(max(dot(back, sun.xyz), 0.0), 160.0) * lit;
    shone += glass * (mirrored * (0.16 + fresnel) * (0.5 + 0.5 * open) + vec3(1.5, 1.35, 1.1) * glint);
#endif
#if !IS_PARALLEL
    shone = mix(sky_color(0.02), shone, exp(-far_m / haze_m));
#endif
    out_color = vec4(encoded(shone), 1.0);
#endif
}
"""
)


def scene_bytes(**values: object) -> bytes:
    """The shared block: matrices for column vectors, all else as rows; what is not named is zero."""
    block = np.zeros(SCENE_BYTES // 4, "<f4")
    start = 0
    for name, width in FIELDS.items():
        if name in values:
            value = np.asarray(values[name], np.float64)
            flat = (value.T if value.ndim == 2 else value).ravel()
            block[start : start + len(flat)] = flat
        start += width
    return block.tobytes()


def shadow_vertex() -> str:
    """The vertex program of shadow maps."""
    return "#version 330\n" + SCENE + SHADOW_VERTEX


def ids_vertex() -> str:
    """The vertex program of id buffers."""
    return "#version 330\n" + SCENE + IDS_VERTEX


def color_vertex(kind: int, *, is_parallel: bool) -> str:
    """The vertex program of one kind of face.

    Nothing is `noperspective`: Mesa 22 gets such values wrong on faces that the frustum clips.
    """
    return _headed({"KIND": kind, "IS_PARALLEL": int(is_parallel)}) + COLOR_VERTEX


def color_fragment(kind: int, style: int, *, is_near: bool, is_parallel: bool) -> str:
    """The fragment program of one kind of face.

    Drivers without branches would run every pattern on every face if they shared one program.

    Args:
        kind: position in `city_faces.KINDS`.
        style: position in `city_looks.WINDOW_STYLES`; 0 unless the kind is `wall`.
        is_near: whether bricks and boards can be seen.
        is_parallel: as of the camera; such views stand in a studio, the others under a sky.
    """
    chosen = {"KIND": kind, "STYLE": style, "IS_NEAR": int(is_near), "IS_PARALLEL": int(is_parallel)}
    return _headed(chosen) + COLOR_FRAGMENT


def sky_fragment(*, is_parallel: bool) -> str:
    """The fragment program behind everything."""
    return _headed({"IS_PARALLEL": int(is_parallel)}) + SKY_FRAGMENT


def _headed(chosen: dict[str, int]) -> str:
    smooth = "" if chosen.get("KIND") in SMOOTH_KINDS else "flat"
    words: dict[str, object] = {**chosen, "SMOOTH": smooth, "BRIGHTEST": BRIGHTEST}
    return "#version 330\n" + "".join(f"#define {name} {value}\n" for name, value in words.items()) + SCENE
