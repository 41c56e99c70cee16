"""The doorway of `python -m helpers.derive`: the room behind it imports more than this one may."""

import sys

from helpers.yours.terminal import main

if __name__ == "__main__":
    sys.exit(main())
