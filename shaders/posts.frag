#include "quads.frag"
