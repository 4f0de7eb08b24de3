#version 330
#include "view.glsl"

// One triangle that covers the screen; the floor is where a pixel's ray goes down.
out vec3 ray;

void main() {
    vec2 at = vec2(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0);
    ray = ray_centre.xyz + at.x * ray_right.xyz + at.y * ray_up.xyz;
    gl_Position = vec4(at, 0.0, 1.0);
}
