"""`python -m fedi_aid` is the command line."""

from fedi_aid.cli import main

main()
