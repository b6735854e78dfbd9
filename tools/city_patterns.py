"""GLSL of what walls are made of: masonry, windows, shopfronts.

Their lines are drawn by `band`, which averages a pattern over the pixel exactly.
"""

__all__ = ["PATTERNS", "WALL"]

PATTERNS = """
float band(float x, float a, float b, float w) {
    // Share of the pixel (w wide, at x) within a..b of every unit.
    vec2 e = vec2(x - 0.5 * w, x + 0.5 * w);
    vec2 i = floor(e) * (b - a) + clamp(fract(e), a, b) - a;
    return (i.y - i.x) / w;
}
float chance(vec2 p) {
    uvec2 q = uvec2(ivec2(floor(p) + 20000.0)) * uvec2(1597334677u, 3812015801u);
    uint n = (q.x ^ q.y) * 1597334677u;
    return float(n >> 8) * (1.0 / 16777216.0);
}
float mottle(vec2 p) {
    vec2 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    float low = mix(chance(i), chance(i + vec2(1, 0)), f.x);
    return mix(low, mix(chance(i + vec2(0, 1)), chance(i + vec2(1, 1)), f.x), f.y);
}
vec3 masonry(vec3 color, int material, vec2 p, vec2 w) {
    // p: metres along the wall and up; w: the pixel in metres.
    float fine = max(w.x, w.y);
#if IS_NEAR
    color *= 0.965 + 0.07 * mottle(p * 0.35 + cell.w * 40.0);
    float near = 1.0 - smoothstep(0.2, 0.6, fine);
    if (material == 0) {
        float row = floor(p.y / 0.16);
        float joint = max(band(p.y / 0.16, 0.0, 0.14, w.y / 0.16),
                          band(p.x / 0.48 + 0.5 * mod(row, 2.0), 0.0, 0.06, w.x / 0.48));
        float tone = chance(vec2(floor(p.x / 0.48 + 0.5 * mod(row, 2.0)), row));
        color *= 1.0 + near * (0.13 * (tone - 0.5) * (1.0 - smoothstep(0.06, 0.25, fine)));
        color = mix(color, color * 0.6 + 0.16, 0.42 * joint * near);
    } else if (material == 1) {
        vec2 f = w / cell.xy;
        float joint = max(band(uv.x, 0.0, 0.03 / cell.x, f.x), band(uv.y, 0.0, 0.03 / cell.y, f.y));
        color *= 1.0 - 0.3 * joint * near;
    } else if (material == 5) {
        float row = floor(p.y / 0.55);
        float x = p.x / 1.1 + 0.37 * row;
        float joint = max(band(p.y / 0.55, 0.0, 0.05, w.y / 0.55), band(x, 0.0, 0.025, w.x / 1.1));
        color *= 1.0 + near * (0.1 * (chance(vec2(floor(x), row)) - 0.5));
        color *= 1.0 - 0.25 * joint * near;
    } else if (material == 6) {
        float board = chance(vec2(floor(p.x / 0.18), 3.0)) - 0.5;
        color *= 1.0 + near * 0.16 * board * (1.0 - smoothstep(0.08, 0.3, fine));
        color *= 1.0 - 0.4 * near * band(p.x / 0.18, 0.0, 0.12, w.x / 0.18);
    } else if (material == 3) {
        color *= 1.0 - 0.25 * near * band(p.x / 0.6, 0.0, 0.14, w.x / 0.6);
    }
#endif
    return color;
}
"""

WALL = """
struct Wall { vec3 color; float glass; float dark; };
Wall wall(vec2 w, float lit) {
    vec2 metre = uv * cell.xy;
    Wall made = Wall(masonry(paint.rgb, int(trim.a + 0.5) >> 4, metre, w * cell.xy), 0.0, 0.0);
    float x = uv.x, y = uv.y, level = floor(y);
    float has_windows = step(0.0, x) * step(0.0, y) * step(y, cell.z - 0.001);
    float calm = 1.0 - smoothstep(0.35, 1.1, max(w.x, w.y));
    float tone = mix(0.5, chance(vec2(floor(x) + 5529.0 * cell.w, level + 311.0 * cell.w)), calm);
    vec2 thin = vec2(0.055) / cell.xy;
    vec3 frame = mix(made.color, vec3(0.83, 0.82, 0.79), 0.55);
#if STYLE == 2
    float bar = max(band(x, 0.0, 0.05, w.x), band(y, 0.0, 0.02, w.y));
    float spandrel = band(y, 0.02, 0.2, w.y);
    vec3 pane = mix(mix(trim.rgb, paint.rgb, 0.32) * (0.72 + 0.3 * tone), paint.rgb * 0.5, 0.55 * spandrel);
    made.color = mix(made.color, mix(pane, vec3(0.53, 0.545, 0.55), bar * 0.75), has_windows);
    made.glass = (1.0 - bar) * (1.0 - 0.55 * spandrel) * has_windows;
#elif STYLE == 4
    float gap = band(y, 0.36, 0.9, w.y) * (1.0 - band(x, 0.0, 0.09, w.x)) * has_windows;
    made.color = mix(made.color, vec3(0.055, 0.056, 0.06), gap * 0.92);
#elif STYLE == 5
    made.color *= 1.0 - 0.16 * band(metre.x / 0.9, 0.0, 0.28, w.x * cell.x / 0.9);
    float light = band(y, 0.58, 0.86, w.y) * (1.0 - band(x, 0.0, 0.05, w.x));
    light *= step(cell.z - 1.0, level) * has_windows;
    float gate = (1.0 - step(0.5, level)) * band(x * 0.5, 0.14, 0.36, w.x * 0.5) * band(y, 0.0, 0.82, w.y);
    gate *= step(1.5, cell.z) * has_windows;
    float slats = band(metre.y / 0.4, 0.0, 0.5, w.y * cell.y / 0.4);
    made.color = mix(made.color, trim.rgb * (0.6 + 0.5 * tone), light);
    made.color = mix(made.color, vec3(0.42, 0.45, 0.46) * (0.9 + 0.1 * slats), gate);
    made.glass = light;
#elif STYLE != 6
    float a = 0.29, b = 0.71, c = 0.27, d = 0.83, rim = thin.x, shop = 0.0;
#if STYLE == 1
    a = 0.0; b = 1.0; c = 0.32; d = 0.82; rim = 0.0;
    float bars = max(band(x, 0.0, thin.x, w.x), band(x, 0.5, 0.5 + thin.x, w.x));
#else
    float bars = band(x, 0.5 - 0.5 * thin.x, 0.5 + 0.5 * thin.x, w.x);
#endif
#if STYLE == 3
    shop = (1.0 - step(0.5, level)) * has_windows;
    a = mix(a, 0.05, shop); b = mix(b, 0.95, shop); c = mix(c, 0.05, shop); d = mix(d, 0.7, shop);
    float sign = band(y, 0.75, 0.93, w.y) * band(x, 0.04, 0.96, w.x) * shop;
    vec3 board = mix(vec3(0.10, 0.12, 0.13), paint.rgb * 0.35, step(0.5, fract(cell.w * 7.0)));
#elif STYLE == 7
    a = 0.31; b = 0.69; c = 0.17; d = 0.86;
#endif
    float open = band(x, a, b, w.x) * band(y, c, d, w.y) * has_windows;
    float pane = band(x, a + rim, b - rim, w.x) * band(y, c + thin.y, d - thin.y, w.y);
    pane *= (1.0 - bars) * has_windows;
#if STYLE == 7
    vec2 bow = vec2(fract(x) - 0.5, max(fract(y) - 0.7, 0.0) * cell.y / cell.x);
    float arch = mix(1.0, clamp((0.19 - length(bow)) / w.x + 0.5, 0.0, 1.0), calm);
    open *= arch;
    pane *= arch;
    made.color *= 1.0 + 0.1 * (band(x, 0.0, 0.1, w.x) + band(x, 0.9, 1.0, w.x));
    made.color *= 1.0 - 0.18 * band(y, 0.0, 0.045, w.y);
#elif STYLE != 1
    float sill = band(x, a - 0.03, b + 0.03, w.x) * band(y, c - 0.04, c, w.y) * has_windows;
    made.color = mix(made.color, frame, 0.8 * sill);
#endif
#if STYLE == 3
    made.color = mix(made.color, board, 0.85 * sign);
#endif
    float deep = band(y, d - 0.2 / cell.y, d, w.y);
#if STYLE != 1
    deep = max(deep, band(x, a, a + 0.1 / cell.x, w.x));
#endif
    float drawn = step(0.72, tone) * band(y, mix(c, d, fract(tone * 9.0) * 0.8), d, w.y);
    drawn *= calm * (1.0 - shop);
    vec3 blind = mix(trim.rgb, vec3(0.72, 0.69, 0.62), 0.75);
    vec3 glass = mix(trim.rgb * (0.5 + 0.55 * tone), blind, drawn * 0.7);
    made.color = mix(mix(made.color, frame, open), glass, pane);
    made.glass = pane * (1.0 - 0.6 * drawn);
    made.dark = open * deep * (0.25 + 0.4 * lit);
#endif
    return made;
}
"""
