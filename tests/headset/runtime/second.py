"""A program of its own with a session that takes the focus, and gives it back when its input ends. It shows nothing.

Prints each state of its session on a line of its own.
"""

from __future__ import annotations

import ctypes
import select
import sys
import time
from ctypes import POINTER, byref, c_void_p, cast, pointer

import moderngl
import xr

EGL_CONFIG_ID, EGL_NONE = 0x3028, 0x3038


def binding() -> xr.GraphicsBindingEGLMNDX:
    """Of the EGL context that is current. (Monado gives a session without graphics no focus while there is another.)"""
    egl = ctypes.CDLL("libEGL.so.1")
    egl.eglGetCurrentDisplay.restype = egl.eglGetCurrentContext.restype = c_void_p
    display, context = c_void_p(egl.eglGetCurrentDisplay()), c_void_p(egl.eglGetCurrentContext())
    number, count, config = ctypes.c_int(), ctypes.c_int(), c_void_p()
    egl.eglQueryContext(display, context, EGL_CONFIG_ID, byref(number))
    wanted = (ctypes.c_int * 3)(EGL_CONFIG_ID, number.value, EGL_NONE)
    egl.eglChooseConfig(display, wanted, byref(config), 1, byref(count))
    return xr.GraphicsBindingEGLMNDX(
        get_proc_address=cast(egl.eglGetProcAddress, xr.PFN_xrEglGetProcAddressMNDX),
        display=cast(display, xr.platform.linux.EGLDisplay),
        config=cast(config, xr.platform.linux.EGLConfig),
        context=cast(context, xr.platform.linux.EGLContext),
    )


def main() -> None:
    ctx = moderngl.create_context(standalone=True, backend="egl")
    instance = xr.create_instance(
        xr.InstanceCreateInfo(
            enabled_extension_names=["XR_KHR_opengl_enable", "XR_MNDX_egl_enable"],
            application_info=xr.ApplicationInfo("second", 1, "", 0, xr.Version(1, 0, 34)),
        )
    )
    system = xr.get_system(instance, xr.SystemGetInfo(form_factor=xr.FormFactor.HEAD_MOUNTED_DISPLAY))
    xr.get_opengl_graphics_requirements_khr(instance, system)
    graphics = cast(pointer(binding()), c_void_p)
    session = xr.create_session(instance, xr.SessionCreateInfo(next=graphics, system_id=system))
    running = False
    while not select.select([sys.stdin], [], [], 0.0)[0]:
        try:
            event = xr.poll_event(instance)
        except xr.EventUnavailable:
            if running:  # whose frames come, has the focus
                frame = xr.wait_frame(session)
                xr.begin_frame(session)
                opaque = xr.EnvironmentBlendMode.OPAQUE
                xr.end_frame(session, xr.FrameEndInfo(frame.predicted_display_time, opaque, layers=[]))
            else:
                time.sleep(0.01)
            continue
        if event.type != xr.StructureType.EVENT_DATA_SESSION_STATE_CHANGED.value:
            continue
        changed = cast(byref(event), POINTER(xr.EventDataSessionStateChanged)).contents
        state = xr.SessionState(changed.state)
        if state == xr.SessionState.READY:
            xr.begin_session(session, xr.SessionBeginInfo(xr.ViewConfigurationType.PRIMARY_STEREO))
            running = True
        print(state.name, flush=True)
    xr.destroy_instance(instance)
    ctx.release()


if __name__ == "__main__":
    main()
