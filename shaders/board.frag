#version 330
#include "view.glsl"

uniform sampler2D panels;  // alpha is premultiplied

in vec2 uv;
out vec4 colour;

const vec3 BACK = vec3(0.110, 0.133, 0.173);

// Where texels are larger than half a pixel, only a border between them as wide as that mixes them: letters stay crisp.
vec4 panels_at(vec2 at, vec2 width) {
    vec2 size = vec2(textureSize(panels, 0)), p = at * size - 0.5, middle = floor(p) + 0.5;
    return texture(panels, (middle + clamp((p - middle) / width, -0.5, 0.5) + 0.5) / size, -1.0);
}

void main() {
    // Four places in the pixel, from the mip level below: small letters keep their strokes and do not shimmer.
    vec2 dx = dFdx(uv), dy = dFdy(uv), a = 0.125 * dx + 0.375 * dy, b = 0.375 * dx - 0.125 * dy;
    vec2 width = clamp(0.5 * (abs(dx) + abs(dy)) * vec2(textureSize(panels, 0)), 0.35, 1.0);
    vec4 found = panels_at(uv + a, width) + panels_at(uv - a, width) + panels_at(uv + b, width) + panels_at(uv - b, width);
    found *= 0.25;
    if (found.a < 0.004) discard;
    colour = vec4(gl_FrontFacing ? found.rgb / found.a : BACK, found.a);
}
