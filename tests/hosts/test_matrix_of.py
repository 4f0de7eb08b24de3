"""OpenXR's poses become the same matrices as all others."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from walkbox.geometry import matrix_from_pose
from walkbox.hosts.headset.poses import matrix_of

numbers = st.floats(-1, 1, allow_nan=False, width=32)
quaternions = st.tuples(numbers, numbers, numbers, numbers).filter(lambda q: np.linalg.norm(q) > 0.1)


@given(quaternions, st.tuples(numbers, numbers, numbers))
def test_a_pose_becomes_the_same_matrix(q: tuple[float, ...], p: tuple[float, ...]) -> None:
    made = matrix_of(*q, *p)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, matrix_from_pose(np.array(p), np.array(q)), atol=1e-6)
