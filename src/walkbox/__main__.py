"""``python -m walkbox`` is the command ``walkbox``."""

from __future__ import annotations

import sys

from walkbox.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
