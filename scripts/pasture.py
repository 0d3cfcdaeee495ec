"""Write tests/golden/pasture.json anew: what becomes of each example of fediverse-pasture-inputs.

    .venv/bin/python scripts/pasture.py

Look at the difference before you keep it.
"""

import os
import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    root = Path(__file__).parents[1]
    os.environ["FEDI_AID_WRITE_GOLDEN"] = "1"
    sys.exit(pytest.main(["-n0", "--rootdir", str(root), str(root / "tests/federation/test_pasture.py")]))
