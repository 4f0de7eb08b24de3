// What every pass knows of the view; filled in by walkbox.render.glue.ViewBlock. World frame, metres.
layout(std140) uniform View {
    mat4 clip_from_world;
    vec4 eye;     // where it is; metres of the world that a metre of the one who looks takes
    vec4 planes[6];
    vec4 screen;  // width, height in pixels; pixels of one metre one metre away
    vec4 ray_centre, ray_right, ray_up;
    vec4 lens;    // tangents of the field of view: left, right, up, down
    vec4 grid[3]; // lines on the floor: how many a metre, share of the floor they take, 1 / metres in which they fade,
                  // light; fine ones first, the last ones are there only between two powers of ten of one's size
    vec4 coarse;  // of each of them: 0 fine, 1 coarse
};

// Colours are sRGB-encoded everywhere, so that a colour map's bytes reach the picture unchanged.
const vec3 ZENITH = vec3(0.075, 0.094, 0.129);
const vec3 HORIZON = vec3(0.196, 0.235, 0.298);

// Air: nothing changes up to 40 m, far things melt into the horizon. A giant, for whom the world is a model on a table,
// sees as far in metres of his own; an ant sees as far as anybody.
float haze(vec3 world) {
    float metres = max(distance(world, eye.xyz) / max(eye.w, 1.0) - 40.0, 0.0);
    return 0.92 * (1.0 - exp(-metres / 160.0));
}

vec3 through_air(vec3 colour, vec3 world) { return mix(colour, HORIZON, haze(world)); }
