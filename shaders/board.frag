#version 330
#include "view.glsl"

uniform sampler2D panels;  // alpha is premultiplied

in vec2 uv;
out vec4 colour;

const vec3 BACK = vec3(0.110, 0.133, 0.173);

// Where texels are larger than half a pixel, only a border between them as wide as that mixes them: letters stay crisp.
vec4 panels_at(vec2 at, vec2 width, float level) {
    vec2 size = vec2(textureSize(panels, 0)), p = at * size - 0.5, middle = floor(p) + 0.5;
    return textureLod(panels, (middle + clamp((p - middle) / width, -0.5, 0.5) + 0.5) / size, level);
}

void main() {
    vec2 dx = dFdx(uv), dy = dFdy(uv), pixel = (abs(dx) + abs(dy)) * vec2(textureSize(panels, 0));
    // Drawn smaller than they are: four places in the pixel, from the mip level below, so that small letters keep their
    // strokes and do not shimmer.
    float larger = max(pixel.x, pixel.y), level = max(log2(larger) - 1.0, 0.0);
    int count = larger > 1.2 ? 4 : 1;
    vec2 off = count == 4 ? vec2(0.125, 0.375) : vec2(0.0), width = clamp(count == 4 ? 0.5 * pixel : pixel, 0.35, 1.0);
    vec4 found = vec4(0.0);
    for (int i = 0; i < count; i++) {
        found += panels_at(uv + off.x * dx + off.y * dy, width, level) / float(count);
        off = vec2(-off.y, off.x);  // a quarter turn
    }
    if (found.a < 0.004) discard;
    colour = vec4(gl_FrontFacing ? found.rgb / found.a : BACK, found.a);
}
