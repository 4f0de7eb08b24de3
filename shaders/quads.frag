#version 330
#include "view.glsl"

in vec3 world;
flat in vec4 ink;
out vec4 colour;

void main() { colour = vec4(through_air(ink.rgb, world), ink.a * (1.0 - haze(world))); }
