#version 330
#include "view.glsl"

in vec2 at;
flat in vec4 ink;
flat in vec4 look;
out vec4 colour;

const int DOT = 0, BEACON = 1, HIDDEN_BEACON = 2, LANDING = 3, REFUSED = 4;

// 1 inside of a shape whose edge is at 0, as sharp as the pixels allow.
float inside(float d) { return clamp(0.5 - d / max(fwidth(d), 1e-6), 0.0, 1.0); }

float ring(float r, float radius, float width) {
    float w = max(width, fwidth(r));  // thinner than a pixel it would break into pieces
    return inside(abs(r - radius) - 0.5 * w);
}

float bar(vec2 p, vec2 half_size) {
    vec2 d = abs(p) - half_size;
    return inside(max(d.x, d.y));
}

void main() {
    int kind = int(look.x);
    float r = length(at), alpha = 0.0;
    vec3 found = ink.rgb;
    if (kind == DOT) {
        float core = inside(r - mix(0.42, 0.56, look.z)), halo = exp(-5.0 * r * r) * inside(r - 0.97);
        found = mix(ink.rgb, vec3(1.0), 0.6 * core);
        alpha = max(core, 0.45 * halo);
    } else if (kind == BEACON || kind == HIDDEN_BEACON) {
        float core = inside(r - 0.34), circle = ring(r, 0.80, 0.16);
        alpha = max(max(core, circle), 0.25 * inside(r - 0.9));
    } else {
        float circle = ring(r, 0.62, 0.075), floor_light = 0.28 * inside(r - 0.62) * (0.35 + 0.65 * r * r);
        alpha = max(circle, floor_light);
        if (kind == LANDING) {  // an arrow before the ring: where one will look
            vec2 p = vec2(abs(at.x), at.y - 0.99);
            float head = inside(max(dot(p, vec2(0.80, 0.60)), -p.y - 0.28));
            alpha = max(alpha, max(head, inside(r - 0.08)));
        } else {
            vec2 p = vec2(at.x + at.y, at.x - at.y) * 0.7071;
            alpha = max(alpha, max(bar(p, vec2(0.30, 0.035)), bar(p, vec2(0.035, 0.30))));
        }
    }
    if (alpha <= 0.004) discard;
    colour = vec4(found, ink.a * alpha);
}
