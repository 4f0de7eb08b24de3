#version 330
#include "view.glsl"
#include "layers.glsl"

// The plate behind each wall, with a thin frame around it: an instance is a row of the layer table.
in vec2 corner;


out vec2 at;          // metres from the wall's middle, lower edge
out vec3 world;
flat out vec4 wall;

const float MARGIN = 0.06;

void main() {
    gl_Position = NOWHERE;
    at = vec2(0.0);
    world = vec3(0.0);
    int row = gl_InstanceID;
    wall = layer_texel(row, 3);
    if (wall.x <= 0.0 || !in_sight(pose_of(row), wall.xy)) return;
    at = mix(vec2(-wall.x * 0.5, 0.0) - MARGIN, vec2(wall.x * 0.5, wall.y) + MARGIN, vec2(corner.x, 1.0 - corner.y));
    world = world_from_wall(pose_of(row), vec3(at, -0.004));
    gl_Position = clip_from_world * vec4(world, 1.0);
}
