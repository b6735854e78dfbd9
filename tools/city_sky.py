"""What is behind a city, and how light becomes pixels; GLSL texts."""

__all__ = ["BRIGHTEST", "SKY", "SKY_FRAGMENT", "SKY_VERTEX", "tone"]

import numpy as np

# Linear light that is drawn as the brightest value.
BRIGHTEST = 1.6

SKY = """
vec3 studio(vec2 at) {
    float edge = length((at - vec2(0.5, 0.46)) * vec2(1.0, 1.1));
    return mix(vec3(0.847, 0.853, 0.846), vec3(0.665, 0.695, 0.712), smoothstep(0.15, 0.95, edge));
}
vec3 sky_color(float up) {
    float high = pow(clamp(up * 1.15 + 0.02, 0.0, 1.0), 0.62);
    return mix(vec3(0.80, 0.80, 0.765), vec3(0.255, 0.43, 0.66), high);
}
vec3 encoded(vec3 color) {
    // Square roots spread eight bits evenly; `tone` turns them into sRGB. One step of noise hides the steps.
    float grain = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
    return sqrt(color * (1.0 / BRIGHTEST)) + (grain - 0.5) / 255.0;
}
"""

SKY_VERTEX = """#version 330
void main() {
    vec2 at = vec2((gl_VertexID << 1) & 2, gl_VertexID & 2);
    gl_Position = vec4(at * 2.0 - 1.0, 1.0, 1.0);
}
"""

SKY_FRAGMENT = (
    """
out vec4 out_color;
"""
    + SKY
    + """
float fog(vec2 p) {
    vec2 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    vec4 h = fract(sin(vec4(dot(i, vec2(12.7, 31.1)), dot(i + vec2(1, 0), vec2(12.7, 31.1)),
        dot(i + vec2(0, 1), vec2(12.7, 31.1)), dot(i + vec2(1, 1), vec2(12.7, 31.1)))) * 4375.8);
    return mix(mix(h.x, h.y, f.x), mix(h.z, h.w, f.x), f.y);
}
void main() {
    vec2 at = gl_FragCoord.xy / size;
#if IS_PARALLEL
    vec3 color = studio(at);
#else
    vec2 angle = mix(window.xz, window.yw, at);
    float up = angle.y / sqrt(1.0 + dot(angle, angle));
    vec3 color = sky_color(max(up, 0.0));
    vec2 drift = vec2(angle.x * 1.4, angle.y * 4.2) / (0.35 + max(angle.y, 0.0));
    float cloud = fog(drift * 1.3 + 3.1) * 0.55 + fog(drift * 2.9) * 0.3 + fog(drift * 6.1) * 0.15;
    float shape = smoothstep(0.5, 0.82, cloud) * smoothstep(0.02, 0.4, up);
    color = mix(color, vec3(0.93, 0.925, 0.91), 0.62 * shape);
#endif
    out_color = vec4(encoded(color), 1.0);
}
"""
)


def tone() -> np.ndarray:
    """(256,) uint8: encoded light to sRGB, the brightest quarter pressed together.

    The curve is Khronos' neutral one above 0.76, a channel at a time.
    """
    light = (np.arange(256) / 255.0) ** 2 * BRIGHTEST
    light = np.where(light > 0.76, 1.0 - 0.0576 / (np.maximum(light, 0.76) - 0.52), light)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1.0 / 2.4) - 0.055)
    return np.round(np.clip(curve, 0.0, 1.0) * 255.0).astype(np.uint8)
