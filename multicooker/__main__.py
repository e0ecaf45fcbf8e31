"""`multicooker` and `python -m multicooker`."""

from __future__ import annotations

from multicooker.cli.main import cli


def main() -> None:
    """Run the command line."""
    cli.main()


if __name__ == "__main__":
    main()
