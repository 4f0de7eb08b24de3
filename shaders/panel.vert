#version 330

// A rectangle with its middle at the origin, face to +z.
uniform mat4 clip_from_panel;
uniform vec2 size;
out vec2 uv;

void main() {
    uv = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = clip_from_panel * vec4((uv - 0.5) * size, 0.0, 1.0);
}
