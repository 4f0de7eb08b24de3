#version 330
#include "view.glsl"

in vec2 at;
in vec3 world;
flat in vec2 half_size;
flat in float selected;
flat in float width;
out vec4 colour;

void main() {
    vec2 beyond = abs(at) - half_size;
    float d = max(beyond.x, beyond.y), pixel = max(fwidth(d), 1e-6);
    float alpha = clamp(d / pixel + 0.5, 0.0, 1.0) * clamp((width - d) / pixel + 0.5, 0.0, 1.0);
    vec3 ink = selected > 0.5 ? vec3(1.0, 0.92, 0.72) : vec3(0.80, 0.90, 1.0);
    colour = vec4(ink, alpha);
}
