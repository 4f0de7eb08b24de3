#version 330
#include "view.glsl"
#include "layers.glsl"

// Two thin posts under each wall, from the floor to its lower edge: two instances are a row of the layer table.
in vec2 corner;

out vec3 world;
flat out vec4 ink;

const float WIDTH = 0.03, BEHIND = 0.02;
const vec3 FRAME = vec3(0.2216, 0.2573, 0.3134);  // walkbox.scene.stand.FRAME, sRGB-encoded

void main() {
    gl_Position = NOWHERE;
    world = vec3(0.0);
    ink = vec4(FRAME, 1.0);
    int row = gl_InstanceID / 2;
    float half_width = layer_texel(row, 3).x * 0.5, floor_below = layer_texel(row, 7).x;
    if (half_width <= 0.0 || floor_below <= 0.0) return;
    float side = (gl_InstanceID & 1) == 0 ? -1.0 : 1.0;
    vec2 at = vec2(side * (half_width - WIDTH) + (corner.x - 0.5) * WIDTH, -corner.y * floor_below);
    world = world_from_wall(pose_of(row), vec3(at, -BEHIND));
    gl_Position = clip_from_world * vec4(world, 1.0);
}
