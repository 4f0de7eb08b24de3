// The table of layers: one row a layer, written by walkbox.render.rows.LayerTable.
uniform sampler2D layers;

vec4 layer_texel(int row, int column) { return texelFetch(layers, ivec2(column, row), 0); }

// A point of a wall's frame (x from its middle, y up from its lower edge, z out of it) in the world.
vec3 world_from_wall(int row, vec3 p) {
    vec4 q = vec4(p, 1.0);
    return vec3(dot(layer_texel(row, 0), q), dot(layer_texel(row, 1), q), dot(layer_texel(row, 2), q));
}

// The wall's sphere is out of sight.
bool out_of_sight(int row, vec2 wall) {
    vec3 centre = world_from_wall(row, vec3(0.0, wall.y * 0.5, 0.0));
    float radius = 0.5 * length(wall) + 0.2;
    for (int i = 0; i < 5; i++)
        if (dot(planes[i].xyz, centre) + planes[i].w < -radius) return true;
    return false;
}

const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);
