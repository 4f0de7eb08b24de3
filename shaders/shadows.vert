#version 330
#include "view.glsl"
#include "layers.glsl"

// A soft shadow on the floor below each wall: an instance is a row of the layer table.
in vec2 corner;
out vec2 at;             // metres along and across the wall's foot
out vec3 world;
flat out vec2 reach;     // half width of the wall, height of its lower edge

void main() {
    gl_Position = NOWHERE;
    at = reach = vec2(0.0);
    world = vec3(0.0);
    int row = gl_InstanceID;
    vec4 wall = layer_texel(row, 3);
    if (wall.x <= 0.0) return;
    vec3 foot = world_from_wall(pose_of(row), vec3(0.0));
    reach = vec2(wall.x * 0.5, max(foot.y, 0.1));
    at = (corner - 0.5) * 2.0 * vec2(reach.x + 0.7, 0.8);
    world = world_from_wall(pose_of(row), vec3(at.x, 0.0, at.y));
    world.y = 0.0;
    gl_Position = clip_from_world * vec4(world, 1.0);
}
