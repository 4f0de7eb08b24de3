#version 330
#include "view.glsl"

// Edges as ribbons that turn towards the eye. Written by walkbox.render.edges: first all points on the left side, then
// the same ones on the right.
uniform ivec2 size;  // edges, points of each

in vec3 before, point, after;  // neighbours along the ribbon
in vec2 ribbon;                // metres from the tail; length of the edge, negative for a skip, 0 where it is hidden

out vec3 world;
out vec2 at;      // across the ribbon (-1..1), metres from the tail
flat out vec2 edge;
out float light;  // a ribbon widened to be seen is a little fainter

const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);
const float HALF_WIDTH = 0.035, ARROW_HALF = 0.11, BULB_HALF = 0.09;

void main() {
    int row = gl_VertexID % size.y;
    float side = gl_VertexID < size.x * size.y ? -1.0 : 1.0;
    bool skip = ribbon.y < 0.0;
    edge = vec2(abs(ribbon.y), skip ? 1.0 : 0.0);
    at = vec2(side, ribbon.x);
    float half_width = HALF_WIDTH;
    if (row == 0 && skip || row == size.y - 1) half_width = 0.0;
    if (row == 1 && skip) half_width = BULB_HALF;
    if (row == size.y - 2) half_width = ARROW_HALF;
    vec3 tangent = (row == size.y - 1 ? point : after) - (row == 0 ? point : before);
    vec3 to_eye = eye.xyz - point;
    float metres = max(length(to_eye), 0.01);
    // Points that stand upon one another have no direction and no width: nothing is seen of what is between them.
    tangent /= max(length(tangent), 1e-9);
    vec3 across = cross(tangent, to_eye);
    across /= max(length(across), 1e-5);
    float least = 1.1 * metres / screen.z;
    float drawn = max(half_width, least);
    light = half_width > 0.0 ? max(half_width / drawn, 0.8) : 0.0;
    if (half_width == 0.0) drawn = 0.0;
    world = point + across * drawn * side;
    gl_Position = ribbon.y == 0.0 ? NOWHERE : clip_from_world * vec4(world, 1.0);
}
