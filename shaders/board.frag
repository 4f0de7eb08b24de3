#version 330
#include "view.glsl"

uniform sampler2D panels;  // alpha is premultiplied

in vec2 uv;
out vec4 colour;

const vec3 BACK = vec3(0.110, 0.133, 0.173);

void main() {
    // Four places in the pixel from the level below: letters keep their strokes and do not shimmer.
    vec2 dx = dFdx(uv), dy = dFdy(uv);
    vec4 found = 0.25 * (texture(panels, uv + 0.125 * dx + 0.375 * dy, -1.0) + texture(panels, uv - 0.125 * dx - 0.375 * dy, -1.0)
        + texture(panels, uv + 0.375 * dx - 0.125 * dy, -1.0) + texture(panels, uv - 0.375 * dx + 0.125 * dy, -1.0));
    if (found.a < 0.004) discard;
    colour = vec4(gl_FrontFacing ? found.rgb / found.a : BACK, found.a);
}
