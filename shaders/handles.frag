#version 330
#include "view.glsl"

in vec2 at;
in vec3 world;
flat in vec2 half_size;
flat in vec4 ink;
out vec4 colour;

void main() {
    // A bar with round ends.
    float away = length(vec2(max(abs(at.x) - half_size.x + half_size.y, 0.0), at.y)) - half_size.y;
    float cover = clamp(0.5 - away / max(fwidth(away), 1e-6), 0.0, 1.0);
    if (cover * ink.a <= 0.004) discard;
    float shade = 1.0 + 0.25 * at.y / half_size.y;  // lit from above
    colour = vec4(through_air(ink.rgb * shade, world), ink.a * cover * (1.0 - haze(world)));
}
