#version 330
#include "view.glsl"

// Software rasterisers run both sides of a branch for every pixel, but leave a loop at once when no pixel needs it. So
// there is one loop over the values that a pixel covers, and what is rare stands in loops that run once or not at all.

uniform sampler2DArray maps;
uniform sampler2D colormaps;

// Of flat pages: maps in a row, map height, map width, rows in an array layer. Of others: array layers, ..., 0.
uniform ivec4 page;

uniform sampler2D ranges;  // of each slot, where every map has its own
uniform isampler2D orders; // channels of cells, one sorted wall after the other

in vec2 at;
in float air;
flat in ivec4 maps_here;
flat in vec4 cell;
flat in vec4 range;
flat in ivec4 look;
flat in ivec2 order;
out vec4 colour;

vec2 uv;     // in the map that this pixel belongs to, (0, 0) is its upper left corner
ivec3 slot;  // first texel column, first texel row and array layer of that map
ivec2 next;  // from one row of it to the next, in texel columns and rows
vec2 span;   // value that gets the first colour, 1 / (last - first)

const int SHOWN = 1, LOG = 2, SMOOTH = 4, PER_MAP = 8;
const int KIND_SIGNAL = 1;
const vec3 BEHIND = vec3(0.055, 0.067, 0.090);  // the plate between the maps, as in walls.frag
const vec3 PLATE = vec3(0.118, 0.141, 0.184), PLATE_EDGE = vec3(0.165, 0.196, 0.251);
const vec3 NAN_COLOUR = vec3(0.95, 0.25, 0.85), INF_COLOUR = vec3(1.0, 0.85, 0.1);
const vec3 NO_TOKEN = vec3(0.082, 0.102, 0.137);

bool is_finite(float v) { return (floatBitsToUint(v) & 0x7fffffffu) < 0x7f800000u; }

float transferred(float v) { return (look.y & LOG) != 0 ? sign(v) * log(1.0 + abs(v)) : v; }

// Where a true value lies between the first colour (0) and the last (1).
float position_of(float stored) {
    float v = transferred(stored * range.z);
    return clamp((v - span.x) * span.y, 0.0, 1.0);
}

vec3 colour_of(float stored) {
    uint bits = floatBitsToUint(stored) & 0x7fffffffu;
    float last = float(textureSize(colormaps, 0).x - 1);
    int at = bits < 0x7f800000u ? int(position_of(stored) * last + 0.5) : 0;
    vec3 found = texelFetch(colormaps, ivec2(at, int(range.w)), 0).rgb;
    return bits < 0x7f800000u ? found : bits == 0x7f800000u ? INF_COLOUR : NAN_COLOUR;
}

// Class tokens stand in the first column, the second is empty, as is the rest of the first.
bool no_token(ivec2 texel) { return look.w > 0 && (texel.x == 1 || (texel.x == 0 && texel.y >= look.w)); }

float stored_at(ivec2 texel, int level) {
    ivec2 inside = clamp(texel, ivec2(0), max(page.zy >> level, 1) - 1);
    return texelFetch(maps, ivec3((slot.xy >> level) + ivec2(inside.x, 0) + inside.y * next, slot.z), level).r;
}

// Between the four values around a place.
float smooth_at(vec2 t) {
    ivec2 a = ivec2(floor(t - 0.5));
    vec2 share = fract(t - 0.5);
    float upper = mix(stored_at(a, 0), stored_at(a + ivec2(1, 0), 0), share.x);
    float lower = mix(stored_at(a + ivec2(0, 1), 0), stored_at(a + 1, 0), share.x);
    return mix(upper, lower, share.y);
}

// A signal is drawn as a line over its plate, with a faint line at zero.
vec3 drawn_line(vec2 d) {
    float count = float(page.z);
    float x = uv.x * count - 0.5, reach = max(d.x * count * 0.75, 1e-3);
    int steps = int(clamp(ceil(2.0 * reach) + 1.0, 3.0, 24.0));
    float low = 1e30, high = -1e30;
    bool broken = false;
    for (int i = 0; i < steps; i++) {
        float at = clamp(x + reach * (2.0 * float(i) / float(steps - 1) - 1.0), 0.0, count - 1.0);
        float a = stored_at(ivec2(int(at), 0), 0), b = stored_at(ivec2(int(at) + 1, 0), 0);
        bool whole = is_finite(a);
        float y = position_of(whole && is_finite(b) ? mix(a, b, fract(at)) : a);
        low = whole ? min(low, y) : low;
        high = whole ? max(high, y) : high;
        broken = broken || !whole;
    }
    float y = (1.0 - uv.y) * 1.1 - 0.05, pixel = max(d.y * 1.1, 1e-6);
    float zero = clamp(-span.x * span.y, 0.0, 1.0);
    vec3 found = mix(PLATE * 0.75, PLATE_EDGE * 1.25, clamp(1.0 - abs(y - zero) / pixel, 0.0, 1.0));
    found = broken ? mix(found, NAN_COLOUR, 0.8) : found;
    float away = max(max(low - y, y - high), 0.0) / pixel;
    float last = float(textureSize(colormaps, 0).x - 1);
    vec3 ink = texelFetch(colormaps, ivec2(int(clamp(y, 0.0, 1.0) * last + 0.5), int(range.w)), 0).rgb;
    return mix(found, mix(ink, vec3(0.78, 0.88, 1.0), 0.6), high < low ? 0.0 : clamp(1.6 - away, 0.0, 1.0));
}

int sorted_channel(int cell) {
    int at = order.x + min(cell, order.y - 1);
    return cell < order.y ? texelFetch(orders, ivec2(at % 1024, at / 1024), 0).r : -1;
}

void main() {
    // Which map: the half of a gap belongs to the map beside it.
    vec2 size = vec2(page.zy), per_metre = size / cell.xy, gap = cell.zw - cell.xy;
    ivec2 place = ivec2(clamp(floor((at + 0.5 * gap) / cell.zw), vec2(0.0), vec2(maps_here.w - 1, 1e6)));
    int channel = place.y * maps_here.w + place.x;
    for (int once = 0; once < int(order.x >= 0); once++) channel = sorted_channel(channel);
    int index = channel - maps_here.y;
    if (index < 0 || index >= maps_here.z) discard;
    vec2 local = (at - vec2(place) * cell.zw) / cell.xy, d = fwidth(at) / cell.xy;
    vec2 dx = dFdx(at) * per_metre, dy = dFdy(at) * per_metre;
    // How much of the pixel is map: exact at its edges; where maps are small it is the share that maps have of the wall.
    vec2 edges = clamp((0.5 - abs(local - 0.5)) / max(d, vec2(1e-6)) + 0.5, 0.0, 1.0);
    vec2 cover = mix(edges, cell.xy / cell.zw, smoothstep(0.25, 0.6, d));
    uv = clamp(local, 0.0, 1.0);
    vec2 t = uv * size;
    // Slots of flat pages fill row after row; others go through the array layers, then to the next column.
    int at_slot = maps_here.x + index, line = at_slot / page.x, inside = at_slot - line * page.x;
    int layer = line / max(page.w, 1);
    bool lies_flat = page.w > 0;
    slot = lies_flat ? ivec3(inside * page.y * page.z, line - layer * page.w, layer) : ivec3(line * page.z, 0, inside);
    next = lies_flat ? ivec2(page.z, 0) : ivec2(0, 1);
    span = range.xy;
    for (int once = 0; once < int((look.y & PER_MAP) != 0); once++) {
        vec2 own = texelFetch(ranges, ivec2(at_slot % 1024, at_slot / 1024), 0).xy;
        span.x = transferred(own.x);
        span.y = 1.0 / (transferred(own.y) - span.x);
    }
    float x_length = dot(dx, dx), y_length = dot(dy, dy);
    vec2 along = x_length > y_length ? dx : dy, across = x_length > y_length ? dy : dx;
    float longer = sqrt(max(x_length, y_length)), shorter = sqrt(min(x_length, y_length));
    bool shown = (look.y & SHOWN) != 0 && look.x != KIND_SIGNAL;
    bool smoothed = (look.y & SMOOTH) != 0 && longer < 1.25;

    // Enlarged maps are squares with edges as sharp as the pixels allow: the pixel's box over at most two by two values.
    vec2 edge = clamp(floor(t + 0.5), vec2(0.0), size);
    vec2 share = clamp((t - edge) / max(abs(dx) + abs(dy), vec2(1e-6)) + 0.5, 0.0, 1.0);
    share = mix(share, vec2(1.0), vec2(lessThanEqual(edge, vec2(0.0))));
    share = mix(share, vec2(0.0), vec2(greaterThanEqual(edge, size)));
    bvec2 two = bvec2(share.x > 0.0 && share.x < 1.0, share.y > 0.0 && share.y < 1.0);
    bool enlarged = longer < 1.25;

    // Of maps drawn smaller than they are, a pixel takes several values along and across its footprint, from the mip
    // level where they lie a pixel apart across it.
    int level = enlarged ? 0 : int(clamp(floor(log2(max(shorter, 1.0)) + 0.25), 0.0, float(look.z)));
    float apart = exp2(float(level));
    ivec2 taps = ivec2(clamp(ceil(vec2(longer, shorter) / apart - 0.3), 1.0, 4.0));
    taps = enlarged ? ivec2(two.x ? 2 : 1, two.y ? 2 : 1) : taps;
    int count = shown && !smoothed ? taps.x * taps.y : 0;

    vec3 found = vec3(0.0);
    for (int i = 0; i < count; i++) {
        ivec2 k = ivec2(i % taps.x, i / taps.x);
        ivec2 second = ivec2(two.x ? k.x : int(share.x >= 0.5), two.y ? k.y : int(share.y >= 0.5));
        vec2 weights = mix(1.0 - share, share, vec2(second));
        vec2 off = (vec2(k) + 0.5) / vec2(taps) - 0.5;
        vec2 tap_at = t + along * off.x + across * off.y;
        ivec2 texel = enlarged ? ivec2(edge) - 1 + second : ivec2(floor(tap_at / apart));
        float weight = enlarged ? weights.x * weights.y : 1.0 / float(count);
        vec3 tap = colour_of(stored_at(texel, level));
        found += weight * (no_token(texel << level) ? NO_TOKEN : tap);
    }
    for (int once = 0; once < int(shown && smoothed); once++) {
        found = no_token(ivec2(t)) ? NO_TOKEN : colour_of(smooth_at(t));
    }
    for (int once = 0; once < int((look.y & SHOWN) != 0 && look.x == KIND_SIGNAL); once++) found = drawn_line(d);
    if ((look.y & SHOWN) == 0) {
        // Not computed yet: a quiet plate.
        vec2 rim = min(uv, 1.0 - uv) / max(d, vec2(1e-6));
        found = mix(PLATE_EDGE, PLATE, clamp(min(rim.x, rim.y) - 0.5, 0.0, 1.0));
    }
    colour = vec4(mix(mix(BEHIND, found, cover.x * cover.y), HORIZON, air), 1.0);
}
