#version 330
#include "view.glsl"

in vec3 ray;
out vec4 colour;

const vec3 FLOOR = vec3(0.122, 0.149, 0.196), FINE = vec3(0.18, 0.216, 0.275), COARSE = vec3(0.235, 0.286, 0.365);

#ifdef PERSON  // of ordinary size, as most are: software draws numbers that the compiler knows in two thirds of the time
const float SIZE = 1.0;
const vec4 GRID[3] = vec4[](vec4(1.0, 0.012, 1.0 / 14.0, 1.0), vec4(0.1, 0.003, 1.0 / 60.0, 1.0), vec4(0.0));
const vec3 COARSENESS = vec3(0.0, 1.0, 0.0);
#else
#define SIZE eye.w
#define GRID grid
#define COARSENESS coarse
#endif

// How much of a pixel is line: averaged over the pixel, so that it never flickers.
float lines(vec2 at, vec2 footprint, float per_metre, float share) {
    vec2 w = footprint * per_metre, p = at * per_metre, half_line = vec2(0.5 * share), full = vec2(share);
    vec2 a = p - w * 0.5 + half_line, b = p + w * 0.5 + half_line;
    vec2 part = (floor(b) * full + min(fract(b), full) - floor(a) * full - min(fract(a), full)) / max(w, vec2(1e-6));
    part = clamp(part, 0.0, 1.0);
    return part.x + part.y - part.x * part.y;
}

// The floor with such lines on it.
vec3 lined(vec3 floor_colour, vec2 at, vec2 footprint, float metres, vec4 line, float coarse) {
    float part = lines(at, footprint, line.x, line.y) * line.w * exp(-metres * line.z);
    return mix(floor_colour, mix(FINE, COARSE, coarse), part);
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
        below = lined(below, at, footprint, t, GRID[0], COARSENESS.x);
        below = lined(below, at, footprint, t, GRID[1], COARSENESS.y);
        if (GRID[2].w > 0.0) below = lined(below, at, footprint, t, GRID[2], COARSENESS.z);
        below = mix(HORIZON, below, exp(-t / (45.0 * max(SIZE, 1.0))));
        sky = below;
    }
    // Half a grey level of ordered noise: a gradient this soft shows bands otherwise.
    float noise = fract(52.9829189 * fract(dot(floor(gl_FragCoord.xy), vec2(0.06711056, 0.00583715)))) - 0.5;
    colour = vec4(sky + noise / 255.0, 1.0);
}
