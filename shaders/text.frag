#version 330
#include "view.glsl"

uniform sampler2D atlas;

in vec2 uv;
in vec3 world;
flat in vec4 ink;
out vec4 colour;

void main() {
    float inside = texture(atlas, uv).r - 0.5;
    float pixel = max(fwidth(inside), 1e-4);
    float cover = clamp(inside / pixel + 0.5, 0.0, 1.0);
    if (cover * ink.a <= 0.004) discard;
    colour = vec4(through_air(ink.rgb, world), ink.a * cover * (1.0 - haze(world)));
}
