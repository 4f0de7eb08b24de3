#version 330
#include "view.glsl"

uniform sampler2D atlas;

in vec2 uv;
in vec3 world;
flat in vec4 ink;
out vec4 colour;

const float SLOPE = 1.0 / 16.0;  // of the distance field, for a texel

float covered(vec2 at, float pixel) { return clamp((texture(atlas, at, -1.0).r - 0.5) / pixel + 0.5, 0.0, 1.0); }

void main() {
    vec2 dx = dFdx(uv), dy = dFdy(uv), size = vec2(textureSize(atlas, 0));
    // Four places in the pixel, each half a pixel wide: small letters keep their strokes.
    float pixel = max(0.5 * (length(dx * size) + length(dy * size)) * 0.7 * SLOPE, 1e-4);
    float cover = 0.25 * (covered(uv + 0.125 * dx + 0.375 * dy, pixel) + covered(uv - 0.125 * dx - 0.375 * dy, pixel)
        + covered(uv + 0.375 * dx - 0.125 * dy, pixel) + covered(uv - 0.375 * dx + 0.125 * dy, pixel));
    if (cover * ink.a <= 0.004) discard;
    colour = vec4(through_air(ink.rgb, world), ink.a * cover * (1.0 - haze(world)));
}
