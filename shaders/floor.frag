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
        float metres = t;
        float fine = lines(at, footprint, 1.0, 0.012) * exp(-metres / 14.0);
        float coarse = lines(at, footprint, 10.0, 0.03) * exp(-metres / 60.0);
        below = mix(FLOOR, FINE, fine);
        below = mix(below, COARSE, coarse);
        below = mix(HORIZON, below, exp(-metres / 45.0));
        sky = below;
    }
    // Half a grey level of ordered noise: a gradient this soft shows bands otherwise.
    float noise = fract(52.9829189 * fract(dot(floor(gl_FragCoord.xy), vec2(0.06711056, 0.00583715)))) - 0.5;
    colour = vec4(sky + noise / 255.0, 1.0);
}
