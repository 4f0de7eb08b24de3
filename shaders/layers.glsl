// The table of layers: one row a layer, written by walkbox.render.rows.LayerTable; rows past the texture's height go on
// beside the first ones.
uniform sampler2D layers;

vec4 layer_texel(int row, int column) {
    int height = textureSize(layers, 0).y;
    return texelFetch(layers, ivec2(column + 8 * (row / height), row % height), 0);
}

// Upper three rows of world_from_wall.
struct Pose { vec4 x, y, z; };

Pose pose_of(int row) { return Pose(layer_texel(row, 0), layer_texel(row, 1), layer_texel(row, 2)); }

// A point of a wall's frame (x from its middle, y up from its lower edge, z out of it) in the world.
vec3 world_from_wall(Pose pose, vec3 p) {
    vec4 q = vec4(p, 1.0);
    return vec3(dot(pose.x, q), dot(pose.y, q), dot(pose.z, q));
}

// Metres of the world that a metre of the wall's frame takes; 0 where the wall is hidden.
float scale_of(Pose pose) { return length(vec3(pose.x.y, pose.y.y, pose.z.y)); }

// The sphere around a wall of that size touches the view.
bool in_sight(Pose pose, vec2 wall) {
    vec4 centre = vec4(world_from_wall(pose, vec3(0.0, wall.y * 0.5, 0.0)), 1.0);
    float least = min(min(dot(planes[0], centre), dot(planes[1], centre)), min(dot(planes[2], centre), dot(planes[3], centre)));
    return min(least, dot(planes[4], centre)) >= -scale_of(pose) * (0.5 * length(wall) + 0.2);
}

const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);
