"""The model thread: forward passes, values, statistics.

Entered through :class:`walkbox.engine.thread.ModelThread`; :mod:`walkbox.engine.pictures` reads picture files. With
``capture`` the only floor that imports torch, so import it lazily.
"""
