#version 330
#include "view.glsl"
#include "layers.glsl"

// A bright border around the map that is pointed at, and around the one whose panel is open.
uniform ivec4 marked;   // row, cell of the selected map; row, cell of the one pointed at (-1: none)

in vec2 corner;
out vec2 at;            // metres from the map's middle
out vec3 world;
flat out vec2 half_size;
flat out float selected;
flat out float width;

void main() {
    gl_Position = NOWHERE;
    at = half_size = vec2(0.0);
    world = vec3(0.0);
    width = 0.0;
    selected = gl_InstanceID == 0 ? 1.0 : 0.0;
    ivec2 map = gl_InstanceID == 0 ? marked.xy : marked.zw;
    if (map.x < 0) return;
    vec4 wall = layer_texel(map.x, 3), cell = layer_texel(map.x, 4);
    int columns = max(int(wall.z), 1);
    vec2 middle = vec2(map.y % columns, map.y / columns) * cell.zw + cell.xy * 0.5;
    vec3 centre = world_from_wall(pose_of(map.x), vec3(middle.x - wall.x * 0.5, wall.y - middle.y, 0.0));
    Pose pose = pose_of(map.x);
    float pixel = distance(centre, eye.xyz) / (screen.z * max(scale_of(pose), 1e-6));
    width = max(min(0.012, 0.12 * min(cell.x, cell.y)), 2.0 * pixel);
    half_size = cell.xy * 0.5;
    at = (corner - 0.5) * 2.0 * (half_size + width + pixel);
    world = world_from_wall(pose, vec3(middle.x - wall.x * 0.5 + at.x, wall.y - middle.y - at.y, 0.001));
    gl_Position = clip_from_world * vec4(world, 1.0);
}
