#version 330
#include "view.glsl"

uniform sampler2DArray pictures;

in vec3 uv;
in vec3 world;
out vec4 colour;

const vec3 BACK = vec3(0.110, 0.133, 0.173);

void main() {
    vec3 front = texture(pictures, uv).rgb;
    colour = vec4(through_air(gl_FrontFacing ? front : BACK, world), 1.0);
}
