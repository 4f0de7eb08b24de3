#version 330
#include "view.glsl"

// Small signs: dots that face the eye and always look as large, and the marker that lies where one would land.
in vec2 corner;
in vec4 pose_x, pose_y, pose_z;
in vec4 paint;   // colour, alpha
in vec4 style;   // kind, half size (radians of a dot, metres of the world of what lies), 0..1 pressed

out vec2 at;     // in half sizes
flat out vec4 ink;
flat out vec4 look;

const int DOT = 0, BEACON = 1, HIDDEN_BEACON = 2;

void main() {
    at = corner * 2.0 - 1.0;
    ink = paint;
    look = style;
    int kind = int(style.x);
    vec3 centre = vec3(pose_x.w, pose_y.w, pose_z.w);
    if (kind > HIDDEN_BEACON) {
        vec4 p = vec4(at.x * style.y, 0.0, -at.y * style.y, 1.0);
        gl_Position = clip_from_world * vec4(dot(pose_x, p), dot(pose_y, p), dot(pose_z, p), 1.0);
        return;
    }
    float metres = distance(centre, eye.xyz), radius = metres * style.y;
    vec3 offset = (normalize(ray_right.xyz) * at.x + normalize(ray_up.xyz) * at.y) * radius;
    gl_Position = clip_from_world * vec4(centre + offset, 1.0);
    // As deep as a place a little before its middle, all of it: what it lies on does not cut it.
    vec4 nearer = clip_from_world * vec4(mix(centre, eye.xyz, min(3.0 * style.y, 0.2)), 1.0);
    float depth = kind == HIDDEN_BEACON ? -0.999 : max(nearer.z / nearer.w, -0.999);
    if (gl_Position.w > 0.0) gl_Position.z = depth * gl_Position.w;
}
