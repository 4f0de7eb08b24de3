#version 330
#include "view.glsl"
#include "layers.glsl"

// Walls of feature maps: an instance is a wall, or a part of one whose maps lie in neighbouring slots of the page.
uniform ivec4 page;  // as in maps.frag

in vec2 corner;
in ivec4 piece;      // row of the layer table, first slot, first channel, number of maps

out vec2 at;               // metres from the wall's upper left corner, y down
out float air;             // share that is lost in the haze
flat out ivec4 maps_here;  // first slot, first channel, number of maps, maps in a row
flat out vec4 cell;        // width and height of a map, distance to the next one
flat out vec4 range;       // value that gets the first colour, 1 / (last - first), scale, row of the colour map
flat out ivec4 look;       // kind, flags, mip levels, class tokens
flat out ivec2 order;      // where the channels of its cells begin in the table of orders (-1: as they are), cells

const int LOG = 2, PER_MAP = 8;
const float MARGIN = 0.01;

float transferred(float v, int flags) { return (flags & LOG) != 0 ? sign(v) * log(1.0 + abs(v)) : v; }

void main() {
    gl_Position = NOWHERE;
    vec4 wall = layer_texel(piece.x, 3);
    Pose pose = pose_of(piece.x);
    cell = layer_texel(piece.x, 4);
    range = layer_texel(piece.x, 5);
    look = ivec4(layer_texel(piece.x, 6));
    order = ivec2(layer_texel(piece.x, 7).yz);
    maps_here = ivec4(piece.yzw, max(int(wall.z), 1));
    at = mix(vec2(-MARGIN), wall.xy + MARGIN, corner);
    vec3 world = world_from_wall(pose, vec3(at.x - wall.x * 0.5, wall.y - at.y, 0.0));
    air = haze(world);
    if ((look.y & PER_MAP) == 0) {
        range.x = transferred(range.x, look.y);
        range.y = 1.0 / (transferred(range.y, look.y) - range.x);
    }
    if (in_sight(pose, wall.xy)) gl_Position = clip_from_world * vec4(world, 1.0);
}
