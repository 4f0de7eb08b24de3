#version 330
#include "view.glsl"

// Rays and arcs: ribbons that turn towards the eye; an instance is one piece of one, in steps.
in vec2 corner;
in vec4 a, b;        // its ends; metres of the person from the ribbon's start
in vec4 a_tangent;   // tangent; half width in metres of the world
in vec4 b_tangent;
in vec4 paint;       // colour, alpha
in vec4 style;       // length of the whole ribbon in metres of the person, kind, share of light at its end

out vec2 at;         // across (-1..1), metres of the person along
flat out vec4 ink;
flat out vec4 look;

void main() {
    vec4 place = mix(a, b, corner.y), tangent = mix(a_tangent, b_tangent, corner.y);
    vec3 to_eye = eye.xyz - place.xyz;
    vec3 across = cross(tangent.xyz, to_eye);
    across /= max(length(across), 1e-9);
    float drawn = max(tangent.w, style.w * length(to_eye) / screen.z);
    float side = corner.x * 2.0 - 1.0;
    at = vec2(side, place.w);
    ink = paint;
    look = style;
    gl_Position = clip_from_world * vec4(place.xyz + across * drawn * side, 1.0);
}
