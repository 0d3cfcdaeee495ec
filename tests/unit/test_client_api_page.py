"""The page about the client API is what its script prints: made anew after every change of a route."""

import re
import subprocess
import sys
from pathlib import Path

from starlette.routing import compile_path

from fedi_aid.client_api import instance
from fedi_aid.client_api.routes import ROUTES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "client-api.md"


def test_the_page_is_what_the_script_prints() -> None:
    """If this fails: python scripts/client_api_table.py > docs/client-api.md"""
    made = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "client_api_table.py")],
        capture_output=True,
        check=True,
        cwd=ROOT,
        text=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
    )
    assert PAGE.read_text(encoding="utf-8") == made.stdout


def test_every_route_of_the_api_is_on_the_page() -> None:
    said = set(re.findall(r"^\| `([^`]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    routes = {
        f"{route.methods} {route.path.replace(':path', '')}"
        for route in ROUTES
        if route.path.startswith("/api/") and "{rest" not in route.path
    }
    assert routes <= said
    assert len(routes) > 150


def test_what_is_said_to_be_missing_is() -> None:
    """Each endpoint of the last part is answered by the route that says 404 to everything else under /api."""
    last = PAGE.read_text(encoding="utf-8").partition("## Not here")[2]
    missing = re.findall(r"^\| `([A-Z ]+) ([^`]+)` \| .+ \|$", last, re.MULTILINE)
    assert len(missing) > 40
    for methods, path in missing:
        knocked = re.sub(r"\{[^}]*\}", "2030", path)
        for method in methods.split():
            answers = [
                route
                for route in ROUTES
                if method in route.methods.split() and compile_path(route.path)[0].match(knocked)
            ]
            assert answers, knocked
            assert answers[0].handler is instance.not_found, f"{method} {path}"
