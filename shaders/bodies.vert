#version 330
#include "view.glsl"

// Controllers and hands, built of one shape: two spheres and the cone that touches both. An instance is one of them.
in vec3 ring;     // cosine and sine around the axis; polar step, -1..0 on the first sphere and 0..1 on the second
in vec4 a, b;     // centres and radii, in the frame of its hand
in vec4 paint;    // colour, glow
uniform mat4 poses[2];  // of the first and of the last hand
uniform int first;      // so many instances belong to the first one

out vec3 world;
centroid out vec3 normal;
flat out vec4 ink;

void main() {
    mat4 pose = poses[gl_InstanceID < first ? 0 : 1];
    float scale = length(pose[0].xyz);
    vec4 from = vec4((pose * vec4(a.xyz, 1.0)).xyz, a.w * scale), to = vec4((pose * vec4(b.xyz, 1.0)).xyz, b.w * scale);
    vec3 axis = to.xyz - from.xyz;
    float metres = length(axis);
    axis = metres > 1e-9 ? axis / metres : vec3(0.0, 0.0, 1.0);
    // Any two directions across the axis.
    vec3 aside = normalize(abs(axis.y) < 0.9 ? cross(axis, vec3(0.0, 1.0, 0.0)) : cross(axis, vec3(1.0, 0.0, 0.0)));
    vec3 radial = aside * ring.x + cross(axis, aside) * ring.y;
    // Where the cone touches the spheres: as far from their equators as it is steep.
    float touch = asin(clamp((from.w - to.w) / max(metres, 1e-9), -1.0, 1.0));
    bool start = ring.z < 0.0;
    float polar = start ? mix(touch, -1.5707963, -ring.z - 1.0) : mix(touch, 1.5707963, ring.z - 1.0);
    normal = axis * sin(polar) + radial * cos(polar);
    world = start ? from.xyz + normal * from.w : to.xyz + normal * to.w;
    ink = paint;
    gl_Position = clip_from_world * vec4(world, 1.0);
}
