#version 330
#include "view.glsl"
#include "layers.glsl"

// Feature maps of one page: four vertices a map, in the order of the slots.
uniform ivec4 page;           // maps stacked in one array layer, map height, map width
uniform sampler2D instances;  // row of the layer table (-1: nothing), channel, range

out vec2 uv;
out float air;          // share of the map that is lost in the haze
flat out ivec2 slot;      // array layer, first texel row
flat out vec4 range;      // value that gets the first colour, 1 / (last - first), scale, row of the colour map
flat out ivec4 look;      // kind, flags, mip levels, class tokens

const int SHOWN = 1, LOG = 2, PER_MAP = 8;

float transferred(float v, int flags) { return (flags & LOG) != 0 ? sign(v) * log(1.0 + abs(v)) : v; }

void main() {
    int index = gl_VertexID / 4;
    vec4 instance = texelFetch(instances, ivec2(index % 1024, index / 1024), 0);
    ivec2 place = ivec2(instance.xy);
    vec2 corner = vec2((gl_VertexID >> 1) & 1, gl_VertexID & 1);  // (0, 0) is the upper left one
    gl_Position = NOWHERE;
    uv = corner;
    air = 0.0;
    slot = ivec2(0);
    range = vec4(0.0);
    look = ivec4(0);
    int row = place.x;
    // A loop that runs once, or not at all where all maps of a batch are free or out of sight: see maps.frag.
    for (int once = 0; once < int(row >= 0); once++) {
        vec4 wall = layer_texel(row, 3);
        Pose pose = pose_of(row);
        for (int again = 0; again < int(in_sight(pose, wall.xy)); again++) {
            vec4 cell = layer_texel(row, 4);
            int columns = max(int(wall.z), 1), line = place.y / columns;
            vec2 at = vec2(place.y - line * columns, line) * cell.zw + corner * cell.xy;
            vec3 world = world_from_wall(pose, vec3(at.x - wall.x * 0.5, wall.y - at.y, 0.0));
            gl_Position = clip_from_world * vec4(world, 1.0);
            air = haze(world);
            look = ivec4(layer_texel(row, 6));
            range = layer_texel(row, 5);
            if ((look.y & PER_MAP) != 0) range.xy = instance.zw;
            range.x = transferred(range.x, look.y);
            range.y = 1.0 / (transferred(range.y, look.y) - range.x);
            int stacked = index / page.x;
            slot = ivec2(stacked, (index - stacked * page.x) * page.y);
        }
    }
}
