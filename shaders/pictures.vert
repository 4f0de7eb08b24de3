#version 330
#include "view.glsl"

uniform mat4 world_from_quad;
uniform vec2 size;

in vec2 corner;
out vec2 uv;
out vec3 world;

void main() {
    uv = corner;
    world = (world_from_quad * vec4((corner.x - 0.5) * size.x, (1.0 - corner.y) * size.y, 0.0, 1.0)).xyz;
    gl_Position = clip_from_world * vec4(world, 1.0);
}
