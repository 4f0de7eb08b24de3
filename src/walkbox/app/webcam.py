"""A frame of a camera, or of a video. Needs the extra ``webcam``; no camera is looked for before it is asked for."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np

from walkbox.engine.pictures import MAX_SIDE_PX, LoadedPicture, reduced
from walkbox.errors import PictureError

__all__ = ["take_frame"]

WARM_UP = 5
"""Frames of a camera that are thrown away: it has to find its exposure."""


def take_frame(camera: str = "0") -> LoadedPicture:
    """The newest frame of a camera, or the first one of a video. Takes a second; not on the render thread.

    Args:
        camera: its number, or the path of a video.

    Raises:
        PictureError: OpenCV is not installed, or there is no such camera or video, or it gives no picture.
    """
    cv2 = _opencv()
    number = int(camera) if camera.isdigit() else None
    if number is None and not os.path.exists(camera):
        raise PictureError(f"{camera!r} is neither the number of a camera nor a video that exists.")
    source = cv2.VideoCapture(camera if number is None else number)
    try:
        found, frame = (False, None) if not source.isOpened() else source.read()
        for _ in range(WARM_UP if number is not None and found else 0):
            again, newer = source.read()
            frame = newer if again else frame
    finally:
        source.release()
    if not found or frame is None:
        if number is None:
            raise PictureError(f"{camera} cannot be read as a video. Expected MP4, AVI or another that OpenCV reads.")
        raise PictureError(
            f"Camera {number} gives no picture. Is one connected, and used by no other program? Cameras are numbered"
            " from 0."
        )
    pixels = np.ascontiguousarray(frame[..., ::-1])
    return LoadedPicture(reduced(pixels, MAX_SIDE_PX), "webcam" if number is not None else os.path.basename(camera))


def _opencv() -> Any:
    try:
        cv2 = importlib.import_module("cv2")
    except ImportError as error:
        raise PictureError(
            f"The webcam needs OpenCV, which cannot be imported ({error}). Install it: pip install 'walkbox[webcam]'"
            " (or pip install opencv-python-headless)."
        ) from error
    with_log = getattr(getattr(cv2, "utils", None), "logging", None)
    if with_log is not None:
        with_log.setLogLevel(with_log.LOG_LEVEL_SILENT)  # what is wrong is said here, not on the terminal
    return cv2
