#version 330

// sRGB-encoded colours with premultiplied alpha to linear ones with premultiplied alpha (IEC 61966-2-1).

uniform sampler2D picture;
uniform ivec2 origin;
out vec4 colour;

void main() {
    vec4 encoded = texelFetch(picture, ivec2(gl_FragCoord.xy) - origin, 0);
    vec3 plain = encoded.a > 0.0 ? min(encoded.rgb / encoded.a, 1.0) : vec3(0.0);
    vec3 linear = mix(plain / 12.92, pow((plain + 0.055) / 1.055, vec3(2.4)), step(0.04045, plain));
    colour = vec4(linear * encoded.a, encoded.a);
}
