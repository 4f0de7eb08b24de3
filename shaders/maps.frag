#version 330
#include "view.glsl"

uniform sampler2DArray maps;
uniform sampler2D colormaps;
uniform ivec4 page;

in vec2 uv;
in vec3 world;
flat in ivec2 slot;
flat in vec4 range;
flat in ivec4 look;
out vec4 colour;

const int SHOWN = 1, LOG = 2, SMOOTH = 4;
const int KIND_SIGNAL = 1;
const vec3 PLATE = vec3(0.118, 0.141, 0.184), PLATE_EDGE = vec3(0.165, 0.196, 0.251);
const vec3 NAN_COLOUR = vec3(0.95, 0.25, 0.85), INF_COLOUR = vec3(1.0, 0.85, 0.1);
const vec3 NO_TOKEN = vec3(0.082, 0.102, 0.137);

vec2 size_px() { return vec2(page.z, page.y); }

bool is_nan(float v) { return (floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u; }
bool is_inf(float v) { return (floatBitsToUint(v) & 0x7fffffffu) == 0x7f800000u; }

float transferred(float v) { return (look.y & LOG) != 0 ? sign(v) * log(1.0 + abs(v)) : v; }

vec3 colour_of(float stored) {
    if (is_nan(stored)) return NAN_COLOUR;
    if (is_inf(stored)) return INF_COLOUR;
    float t = clamp((transferred(stored * range.z) - range.x) * range.y, 0.0, 1.0);
    vec2 place = vec2((t * 255.0 + 0.5) / 256.0, (range.w + 0.5) / float(textureSize(colormaps, 0).y));
    return textureLod(colormaps, place, 0.0).rgb;
}

// Class tokens stand in the first column, the second is empty, as is the rest of the first.
bool no_token(ivec2 texel) { return look.w > 0 && (texel.x == 1 || (texel.x == 0 && texel.y >= look.w)); }

float stored_at(ivec2 texel) {
    ivec2 inside = clamp(texel, ivec2(0), page.zy - 1);
    return texelFetch(maps, ivec3(inside.x, slot.y + inside.y, slot.x), 0).r;
}

vec3 texel_colour(ivec2 texel) { return no_token(texel) ? NO_TOKEN : colour_of(stored_at(texel)); }

float smooth_at(vec2 t, float lod) {
    vec2 inside = clamp(t, vec2(0.5), size_px() - 0.5);
    vec2 whole = vec2(page.z, page.x * page.y);
    return textureLod(maps, vec3((inside + vec2(0.0, slot.y)) / whole, slot.x), lod).r;
}

// Squares with edges as sharp as the pixels allow: the pixel's box over at most four texels, their colours mixed.
vec3 magnified(vec2 t, vec2 footprint) {
    vec2 nearest_edge = floor(t + 0.5);
    vec2 share = clamp((t - nearest_edge) / max(footprint, vec2(1e-6)) + 0.5, 0.0, 1.0);
    ivec2 b = ivec2(nearest_edge), a = b - 1;
    vec2 inside = clamp(vec2(b), vec2(0.0), size_px());
    if (b.x <= 0) share.x = 1.0;
    if (b.x >= page.z) share.x = 0.0;
    if (b.y <= 0) share.y = 1.0;
    if (b.y >= page.y) share.y = 0.0;
    bool one_x = share.x <= 0.0 || share.x >= 1.0, one_y = share.y <= 0.0 || share.y >= 1.0;
    ivec2 near = ivec2(share.x >= 0.5 ? b.x : a.x, share.y >= 0.5 ? b.y : a.y);
    if (one_x && one_y) return texel_colour(near);
    if (one_y) return mix(texel_colour(ivec2(a.x, near.y)), texel_colour(ivec2(b.x, near.y)), share.x);
    if (one_x) return mix(texel_colour(ivec2(near.x, a.y)), texel_colour(ivec2(near.x, b.y)), share.y);
    vec3 upper = mix(texel_colour(a), texel_colour(ivec2(b.x, a.y)), share.x);
    vec3 lower = mix(texel_colour(ivec2(a.x, b.y)), texel_colour(b), share.x);
    return mix(upper, lower, share.y);
}

// Several texels a pixel: taps along the longer axis of the pixel's footprint, each from the mip level of the shorter.
vec3 minified(vec2 t, vec2 dx, vec2 dy) {
    bool x_longer = dot(dx, dx) > dot(dy, dy);
    vec2 along = x_longer ? dx : dy, across = x_longer ? dy : dx;
    float longer = length(along), shorter = max(length(across), 1.0);
    int taps = int(clamp(ceil(longer / shorter - 0.25), 1.0, 4.0));
    float lod = min(log2(max(longer / float(taps), shorter)), float(look.z));
    float left = max(max(longer / float(taps), shorter) / exp2(lod), 1.0);  // what the levels do not cover
    int across_taps = 1;
    if (left > 1.3) {
        taps = int(clamp(ceil(longer / exp2(lod)), 1.0, 4.0));
        across_taps = int(clamp(ceil(shorter / exp2(lod)), 1.0, 4.0));
    }
    float sum = 0.0;
    for (int i = 0; i < taps; i++)
        for (int j = 0; j < across_taps; j++) {
            vec2 at = (vec2(i, j) + 0.5) / vec2(taps, across_taps) - 0.5;
            sum += smooth_at(t + along * at.x + across * at.y, lod);
        }
    if (no_token(ivec2(t))) return NO_TOKEN;
    return colour_of(sum / float(taps * across_taps));
}

// A signal is drawn as a line over its plate, with a faint line at zero.
vec3 drawn_line(vec2 d) {
    float count = float(page.z);
    float x = uv.x * count - 0.5, reach = max(d.x * count * 0.75, 1e-3);
    int steps = int(clamp(ceil(2.0 * reach) + 1.0, 3.0, 24.0));
    float low = 1e30, high = -1e30, colour_at = 0.0;
    bool broken = false;
    for (int i = 0; i < steps; i++) {
        float at = clamp(x + reach * (2.0 * float(i) / float(steps - 1) - 1.0), 0.0, count - 1.0);
        float a = stored_at(ivec2(int(at), 0)), b = stored_at(ivec2(int(at) + 1, 0));
        if (is_nan(a) || is_inf(a)) { broken = true; continue; }
        float v = (is_nan(b) || is_inf(b)) ? a : mix(a, b, fract(at));
        float y = clamp((transferred(v * range.z) - range.x) * range.y, 0.0, 1.0);
        low = min(low, y);
        high = max(high, y);
    }
    vec3 found = PLATE * 0.75;
    float y = (1.0 - uv.y) * 1.1 - 0.05, pixel = max(d.y * 1.1, 1e-6);
    float zero = clamp(-range.x * range.y, 0.0, 1.0);
    found = mix(found, PLATE_EDGE * 1.25, clamp(1.0 - abs(y - zero) / pixel, 0.0, 1.0));
    if (broken) found = mix(found, NAN_COLOUR, 0.8);
    float away = max(max(low - y, y - high), 0.0) / pixel;
    vec2 place = vec2((clamp(y, 0.0, 1.0) * 255.0 + 0.5) / 256.0, (range.w + 0.5) / float(textureSize(colormaps, 0).y));
    vec3 ink = mix(textureLod(colormaps, place, 0.0).rgb, vec3(0.78, 0.88, 1.0), 0.6);
    return mix(found, ink, high < low ? 0.0 : clamp(1.6 - away, 0.0, 1.0));
}

void main() {
    vec2 t = uv * size_px();
    vec2 dx = dFdx(t), dy = dFdy(t);
    vec2 d = fwidth(uv);
    vec3 found;
    if ((look.y & SHOWN) == 0) {
        // Not computed yet: a quiet plate.
        vec2 edge = min(uv, 1.0 - uv) / max(d, vec2(1e-6));
        found = mix(PLATE_EDGE, PLATE, clamp(min(edge.x, edge.y) - 0.5, 0.0, 1.0));
    } else if (look.x == KIND_SIGNAL) {
        found = drawn_line(d);
    } else {
        vec2 footprint = abs(dx) + abs(dy);
        float longest = max(length(dx), length(dy));
        if (longest >= 1.25) found = minified(t, dx, dy);
        else if ((look.y & SMOOTH) != 0 && !no_token(ivec2(t))) found = colour_of(smooth_at(t, 0.0));
        else found = magnified(t, footprint);
    }
    colour = vec4(through_air(found, world), 1.0);
}
