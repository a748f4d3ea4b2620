"""``python -m casreg``: the command line, where no script ``casreg`` is on the path."""

from casreg.cli import main

main()
