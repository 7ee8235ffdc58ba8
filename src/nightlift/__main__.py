"""`python -m nightlift`."""

import sys

from nightlift.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
