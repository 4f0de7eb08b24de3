#version 330
#include "view.glsl"

in vec3 world;
centroid in vec3 normal;
flat in vec4 ink;
out vec4 colour;

void main() {
    vec3 n = normalize(normal), to_eye = normalize(eye.xyz - world);
    float facing = max(dot(n, to_eye), 0.0);
    // Light from above and from where one looks, and a faint rim that parts it from what is dark behind.
    float light = 0.60 + 0.28 * n.y + 0.22 * facing;
    float rim = pow(1.0 - facing, 3.0);
    vec3 found = ink.rgb * light + vec3(0.16, 0.20, 0.26) * rim;
    colour = vec4(mix(found, ink.rgb * (0.85 + 0.25 * facing), ink.a), 1.0);
}
