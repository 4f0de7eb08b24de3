#version 330
#include "view.glsl"

#include "layers.glsl"

// Labels: an instance is a glyph; its line's place, colour and size are in the table of lines. A line that hangs on a
// wall stands in its frame, and follows it by the wall's row of the layer table.
uniform sampler2D lines;
uniform sampler2D atlas;

in vec2 corner;
in int line;
in vec4 box;    // left, bottom, width, height in the line's frame, metres
in vec4 texels; // left, top, width, height in the atlas

out vec2 uv;
out vec3 world;
flat out vec4 ink;

const float FAINT_PX = 2.5, CLEAR_PX = 6.0;  // height of a capital letter

vec4 line_texel(int k) { return texelFetch(lines, ivec2((line / 4096) * 5 + k, line % 4096), 0); }

void main() {
    gl_Position = NOWHERE;
    uv = vec2(0.0);
    world = vec3(0.0);
    ink = vec4(0.0);
    vec4 at = vec4(box.x + corner.x * box.z, box.y + (1.0 - corner.y) * box.w, 0.0, 1.0);
    vec4 x = line_texel(0), y = line_texel(1), z = line_texel(2);
    world = vec3(dot(x, at), dot(y, at), dot(z, at));
    vec3 start = vec3(dot(x, vec4(box.xy, 0.0, 1.0)), dot(y, vec4(box.xy, 0.0, 1.0)), dot(z, vec4(box.xy, 0.0, 1.0)));
    vec2 set = line_texel(4).xy;  // height of a capital letter, row of the layer table (-1: none)
    float scale = 1.0;
    if (set.y >= 0.0) {
        Pose pose = pose_of(int(set.y));
        world = world_from_wall(pose, world);
        start = world_from_wall(pose, start);
        scale = scale_of(pose);
    }
    float height_px = set.x * scale * screen.z / max(distance(start, eye.xyz), 0.01);
    float clear = smoothstep(FAINT_PX, CLEAR_PX, height_px);
    if (clear <= 0.0) return;
    ink = line_texel(3);
    ink.a *= clear;
    uv = (texels.xy + corner * texels.zw) / vec2(textureSize(atlas, 0));
    gl_Position = clip_from_world * vec4(world, 1.0);
}
