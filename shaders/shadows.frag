#version 330
#include "view.glsl"

in vec2 at;
in vec3 world;
flat in vec2 reach;
out vec4 colour;

void main() {
    float past = max(abs(at.x) - reach.x + 0.25, 0.0) / 0.8;
    float away = abs(at.y) / 0.75;
    float dark = 0.42 * exp(-reach.y * 0.5) * smoothstep(1.0, 0.0, length(vec2(past, away)));
    colour = vec4(0.02, 0.03, 0.05, dark * (1.0 - haze(world)));
}
