"""`fedi_aid causes`: the vocabulary, as an operator keeps it."""

from pathlib import Path

from tests.cli.operator import Operator


def test_the_vocabulary(operator: Operator, sqlite_template: Path) -> None:
    operator.has(sqlite_template)
    listed = operator.ask("causes", "list")["causes"]
    gardening = next(one for one in listed if one["tag"] == "gardening")
    assert (gardening["name"], gardening["name_fr"]) == ("Gardening", "Jardinage")
    made = operator.ask("causes", "add", "Beekeeping", "--fr", "Apiculture", "--also", "bees")
    assert made == {"tag": "beekeeping"}
    assert "Beekeeping / Apiculture  (" in operator.run("causes", "list").stdout
    assert operator.ask("causes", "merge", "honey", "Apiculture") == {"tag": "honey", "into": "beekeeping"}
    assert operator.ask("causes", "merge", "Zero waste", "environment")["into"] == "environment"
    again = operator.ask("causes", "list")["causes"]
    assert len(again) == len(listed)  # one more, one less
    bees = next(one for one in again if one["tag"] == "beekeeping")
    assert {"bees", "honey"} <= {name.lower() for name in bees["also"]}
    for words, told in (
        (("add", "potager"), "potager is in the vocabulary"),
        (("add", "!"), "A cause has 1 to 60 characters"),
        (("merge", "x", "nothing"), "There is no cause nothing"),
        (("merge", "bees", "Beekeeping"), "are one cause already"),
    ):
        refused = operator.run("causes", *words)
        assert (refused.returncode, told in refused.stderr) == (1, True), refused.stderr
