"""Write tests/golden/entities anew: what every entity of the client API looks like.

    .venv/bin/python scripts/entities.py

Look at the difference before you keep it.
"""

import os
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    root = Path(__file__).parents[1]
    os.environ["FEDI_AID_WRITE_GOLDEN"] = "1"
    test = root / "tests/api/test_golden_entities.py"
    sys.exit(pytest.main(["-n0", "--rootdir", str(root), str(test)]))
