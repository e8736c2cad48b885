"""`python -m lr_plugin` is `lr-plugin`."""

from lr_plugin.app.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
