#version 330
#include "view.glsl"

uniform float strength;

in vec2 tangent;
out vec4 colour;

void main() {
    // An oval as wide and high as the wider halves of the view are: those of one eye mirror those of the other.
    vec2 reach = max(abs(lens.xw), abs(lens.yz));
    float r = length(tangent / reach);
    float clear = mix(1.0, 0.28, strength), dark = mix(1.5, 0.8, strength);
    colour = vec4(0.020, 0.026, 0.038, smoothstep(0.0, 0.25, strength) * smoothstep(clear, dark, r));
}
