#version 330
#include "view.glsl"
#include "layers.glsl"

// The handle of each wall, a slim bar under its lower edge: an instance is a row of the layer table.
uniform int marked;     // row whose handle is pointed at or held, -1 for none

in vec2 corner;

out vec2 at;            // metres of the wall from the bar's middle
out vec3 world;
flat out vec2 half_size;
flat out vec4 ink;

const float MIDDLE = -0.13, HALF_HEIGHT = 0.025, ROOM = 0.02;
const vec3 CALM = vec3(0.30, 0.36, 0.44), BRIGHT = vec3(0.80, 0.90, 1.0);
const float FAINT_PX = 1.0, CLEAR_PX = 3.0;  // height of the bar

void main() {
    gl_Position = NOWHERE;
    at = half_size = vec2(0.0);
    world = vec3(0.0);
    ink = vec4(0.0);
    int row = gl_InstanceID;
    float width = layer_texel(row, 7).w;
    if (width <= 0.0) return;
    Pose pose = pose_of(row);
    bool bright = row == marked;
    half_size = vec2(width * 0.5, HALF_HEIGHT) + (bright ? 0.008 : 0.0);
    at = (corner - 0.5) * 2.0 * (half_size + ROOM);
    world = world_from_wall(pose, vec3(at.x, MIDDLE + at.y, 0.0));
    vec3 middle = world_from_wall(pose, vec3(0.0, MIDDLE, 0.0));
    float height_px = 2.0 * HALF_HEIGHT * scale_of(pose) * screen.z / max(distance(middle, eye.xyz), 0.01);
    float clear = bright ? 1.0 : smoothstep(FAINT_PX, CLEAR_PX, height_px);
    if (clear <= 0.0) return;
    ink = vec4(bright ? BRIGHT : CALM, clear);
    gl_Position = clip_from_world * vec4(world, 1.0);
}
