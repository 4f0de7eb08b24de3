#version 330
#include "view.glsl"

in vec2 at;
in vec3 world;
flat in vec4 wall;
out vec4 colour;

const vec3 PLATE = vec3(0.055, 0.067, 0.090), LINE = vec3(0.38, 0.46, 0.56);
const vec3 BACK = vec3(0.110, 0.133, 0.173), BACK_LINE = vec3(0.22, 0.27, 0.34);
const float MARGIN = 0.06, WIDTH = 0.012;

void main() {
    // Distance to the outer edge, inwards.
    vec2 inside = vec2(wall.x * 0.5 + MARGIN - abs(at.x), wall.y * 0.5 + MARGIN - abs(at.y - wall.y * 0.5));
    float edge = min(inside.x, inside.y), pixel = max(fwidth(edge), 1e-6);
    // A line thinner than a pixel keeps its light: it gets fainter, not wider.
    float width = max(WIDTH, pixel), light = WIDTH / width;
    float line = light * clamp((width - edge) / pixel + 0.5, 0.0, 1.0);
    vec3 found = gl_FrontFacing ? mix(PLATE, LINE, line) : mix(BACK, BACK_LINE, line);
    colour = vec4(through_air(found, world), 1.0);
}
