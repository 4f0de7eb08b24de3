#version 330
#include "view.glsl"

in vec3 world;
in vec2 at;
flat in vec2 edge;
in float light;
out vec4 colour;

const vec3 DIRECT = vec3(0.47, 0.63, 0.84), SKIP = vec3(0.94, 0.73, 0.46);
const float STEP = 0.8;

void main() {
    vec3 hue = edge.y > 0.5 ? SKIP : DIRECT;
    // Chevrons that point to the head; too small to be seen they give way to their mean.
    float s = at.y + 0.2 * abs(at.x), pixel = fwidth(s) / STEP;
    float wave = abs(fract(s / STEP) - 0.5) * 2.0;
    float chevron = mix(smoothstep(0.70 - pixel, 0.74 + pixel, wave), 0.28, clamp(pixel * 3.0 - 0.4, 0.0, 1.0));
    if (at.y > edge.x - 0.3) chevron = 0.8;  // the arrow head
    float along = clamp(at.y / max(edge.x, 1e-3), 0.0, 1.0);
    vec3 found = hue * (0.7 + 0.3 * along) * (0.7 + 0.6 * chevron);
    found *= 1.0 - 0.35 * at.x * at.x;
    float side = (1.0 - abs(at.x)) / max(fwidth(at.x), 1e-4);
    float alpha = clamp(side, 0.0, 1.0) * light * (1.0 - 0.6 * haze(world));
    colour = vec4(mix(found, HORIZON, 0.6 * haze(world)), alpha);
}
