#version 330

// What the lenses cut off: as near as anything can be, so that nothing is drawn there.
in vec2 position;

void main() { gl_Position = vec4(position, -1.0, 1.0); }
