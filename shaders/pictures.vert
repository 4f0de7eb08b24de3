#version 330
#include "view.glsl"

// Pictures: an instance is a rectangle that stands on the middle of its lower edge, and a layer of the texture.
in vec2 corner;
in vec4 pose_x, pose_y, pose_z;
in vec2 size;
in vec2 share; // of the layer that the picture takes
in float layer;

out vec3 uv;
out vec3 world;

void main() {
    vec4 p = vec4((corner.x - 0.5) * size.x, (1.0 - corner.y) * size.y, 0.0, 1.0);
    world = vec3(dot(pose_x, p), dot(pose_y, p), dot(pose_z, p));
    uv = vec3(corner * share, layer);
    gl_Position = clip_from_world * vec4(world, 1.0);
}
