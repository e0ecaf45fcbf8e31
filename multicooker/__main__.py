"""`multicooker` and `python -m multicooker`."""

from __future__ import annotations

import gc

from multicooker.cli.main import cli

_NEW_OBJECTS = 100_000
"""How many there have to be before garbage is looked for among them."""


def main() -> None:
    """Run the command line.

    What imports make lives as long as the process, so looking for garbage among it, often and
    once more at exit, would only take time: a tenth of a quick command.
    """
    gc.set_threshold(_NEW_OBJECTS)
    try:
        cli.main()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
