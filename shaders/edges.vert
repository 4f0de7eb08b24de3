#version 330
#include "view.glsl"

// Edges as ribbons that turn towards the eye.
in vec3 position;
in vec3 tangent;
in vec4 ribbon;  // signed half width, metres from the tail, length of the edge, 1 for a skip

out vec3 world;
out vec2 at;      // across the ribbon (-1..1), metres from the tail
flat out vec2 edge;
out float light;  // a ribbon widened to be seen is a little fainter

void main() {
    vec3 to_eye = eye.xyz - position;
    float metres = max(length(to_eye), 0.01);
    vec3 across = cross(tangent, to_eye);
    across /= max(length(across), 1e-5);
    float half_width = abs(ribbon.x), least = 1.1 * metres / screen.z;
    float drawn = max(half_width, least);
    light = half_width > 0.0 ? max(half_width / drawn, 0.8) : 0.0;
    if (half_width == 0.0) drawn = 0.0;
    world = position + across * drawn * sign(ribbon.x);
    at = vec2(sign(ribbon.x), ribbon.y);
    edge = ribbon.zw;
    gl_Position = clip_from_world * vec4(world, 1.0);
}
