#version 330
#include "view.glsl"

in vec3 ray;
out vec4 colour;

const vec3 FLOOR = vec3(0.122, 0.149, 0.196), FINE = vec3(0.18, 0.216, 0.275), COARSE = vec3(0.235, 0.286, 0.365);

// How much of a pixel is line, for lines every `step` metres: averaged over the pixel, so that it never flickers.
float lines(vec2 at, vec2 footprint, float step, float width) {
    vec2 w = footprint / step, half_line = vec2(0.5 * width / step);
    vec2 p = at / step;
    vec2 a = p - w * 0.5 + half_line, b = p + w * 0.5 + half_line;
    vec2 full = half_line * 2.0;
    vec2 part = (floor(b) * full + min(fract(b), full) - floor(a) * full - min(fract(a), full)) / max(w, vec2(1e-6));
    part = clamp(part, 0.0, 1.0);
    return part.x + part.y - part.x * part.y;
}

void main() {
    vec3 d = normalize(ray);
    float up = d.y;
    vec3 sky = mix(HORIZON, ZENITH, 1.0 - exp(-3.2 * max(up, 0.0)));
    float t = -eye.y / d.y;
    vec3 below = vec3(0.0);
    vec2 at = eye.xz + d.xz * t;
    vec2 footprint = fwidth(at);
    if (up < 0.0 && eye.y > 0.0) {
        // Fine lines and coarse ones ten times as far apart (1 m and 10 m for a person). While one grows, the coarse
        // ones become the fine ones and still coarser ones appear.
        below = FLOOR;
        for (int k = 0; k < (grid.y > 0.0 ? 3 : 2); k++) {
            float role = float(k) - grid.y, coarse = clamp(role, 0.0, 1.0);
            float step = grid.x * (k == 0 ? 1.0 : k == 1 ? 10.0 : 100.0);
            float seen = clamp(1.0 + role, 0.0, 1.0) * clamp(2.0 - role, 0.0, 1.0);
            seen *= exp(-t / (eye.w * mix(14.0, 60.0, coarse)));
            float part = lines(at, footprint, step, eye.w * mix(0.012, 0.03, coarse));
            below = mix(below, mix(FINE, COARSE, coarse), part * seen);
        }
        below = mix(HORIZON, below, exp(-t / (45.0 * max(eye.w, 1.0))));
        sky = below;
    }
    // Half a grey level of ordered noise: a gradient this soft shows bands otherwise.
    float noise = fract(52.9829189 * fract(dot(floor(gl_FragCoord.xy), vec2(0.06711056, 0.00583715)))) - 0.5;
    colour = vec4(sky + noise / 255.0, 1.0);
}
