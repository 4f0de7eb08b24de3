#version 330
#include "view.glsl"

// The board that carries the panels.
uniform mat4 world_from_board;
uniform vec2 size;

in vec2 corner;
out vec2 uv;

void main() {
    vec2 at = (vec2(corner.x, 1.0 - corner.y) - 0.5) * size;
    uv = vec2(corner.x, 1.0 - corner.y);
    gl_Position = clip_from_world * (world_from_board * vec4(at, 0.0, 1.0));
}
