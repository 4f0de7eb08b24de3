#version 330
#include "view.glsl"
#include "layers.glsl"

// Feature maps of one page: an instance is a map, gl_InstanceID its slot.
uniform ivec4 page;  // maps stacked in one array layer, map height, map width, first slot

in vec2 corner;   // 0..1, (0, 0) is the upper left corner
in ivec2 place;   // row of the layer table (-1: nothing), channel
in vec2 map_range;

out vec2 uv;
out float air;          // share of the map that is lost in the haze
flat out ivec2 slot;      // array layer, first texel row
flat out vec4 range;      // value that gets the first colour, 1 / (last - first), scale, row of the colour map
flat out ivec4 look;      // kind, flags, mip levels, class tokens

const int SHOWN = 1, LOG = 2, PER_MAP = 8;

float transferred(float v, int flags) { return (flags & LOG) != 0 ? sign(v) * log(1.0 + abs(v)) : v; }

void main() {
    gl_Position = NOWHERE;
    uv = corner;
    air = 0.0;
    slot = ivec2(0);
    range = vec4(0.0);
    look = ivec4(0);
    int row = place.x;
    if (row < 0) return;
    vec4 wall = layer_texel(row, 3);
    if (out_of_sight(row, wall.xy)) return;
    vec4 cell = layer_texel(row, 4);
    int columns = max(int(wall.z), 1);
    vec2 cell_at = vec2(place.y % columns, place.y / columns);
    vec2 at = cell_at * cell.zw + corner * cell.xy;
    vec3 world = world_from_wall(row, vec3(at.x - wall.x * 0.5, wall.y - at.y, 0.0));
    gl_Position = clip_from_world * vec4(world, 1.0);
    air = haze(world);

    look = ivec4(layer_texel(row, 6));
    range = layer_texel(row, 5);
    if ((look.y & PER_MAP) != 0) range.xy = map_range;
    range.x = transferred(range.x, look.y);
    range.y = 1.0 / (transferred(range.y, look.y) - range.x);
    int index = page.w + gl_InstanceID;
    slot = ivec2(index / page.x, (index % page.x) * page.y);
}
