#version 330
#include "view.glsl"

in vec2 at;
flat in vec4 ink;
flat in vec4 look;
out vec4 colour;

const float DASH = 0.11;

void main() {
    float pixel = fwidth(at.x), along = clamp(at.y / max(look.x, 1e-6), 0.0, 1.0);
    float side = clamp((1.0 - abs(at.x)) / max(pixel, 1e-6), 0.0, 1.0);
    float alpha;
    if (look.y < 0.5) {  // a ray: bright at the hand, fading
        alpha = mix(1.0, look.z, smoothstep(0.0, 1.0, sqrt(along))) * smoothstep(0.0, 0.03, at.y);
    } else {  // an arc: dashes, brighter towards its end
        float step = fwidth(at.y) / DASH, wave = abs(fract(at.y / DASH) - 0.5) * 2.0;
        float dash = mix(smoothstep(0.62 + step, 0.58 - step, wave), 0.6, clamp(step * 2.0 - 0.4, 0.0, 1.0));
        alpha = dash * mix(0.45, 1.0, along) * smoothstep(0.0, 0.1, at.y);
    }
    colour = vec4(ink.rgb, ink.a * alpha * side * (1.0 - 0.35 * at.x * at.x));
}
