#version 330
#include "view.glsl"

// One triangle over the whole view, in tangents of the angles from its axis: both eyes darken the same directions.
out vec2 tangent;

void main() {
    vec2 at = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    tangent = mix(lens.xw, lens.yz, at * 0.5 + 0.5);
    gl_Position = vec4(at, -0.999, 1.0);
}
