"""``import casreg`` is light: a fresh interpreter shows what it loads."""

import subprocess
import sys

HEAVY = ("numpy", "boto3", "google", "oras", "torch", "pydantic", "typer", "rich", "zstandard", "blake3")


def loaded_by(statement: str) -> set[str]:
    code = f"import sys\nbefore = set(sys.modules)\n{statement}\nprint(*sorted(set(sys.modules) - before))"
    run = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    return {module.partition(".")[0] for module in run.stdout.split()}


def test_import_casreg_loads_nothing_heavy() -> None:
    assert not loaded_by("import casreg") & set(HEAVY)


def test_a_registry_of_values_never_loads_numpy() -> None:
    used = "import casreg\nr = casreg.Registry('memory://')\nr.save('a', {'x': 1})\nr.load('a')"
    assert not loaded_by(used) & {"numpy", "torch", "typer", "rich"}


def test_a_registry_of_arrays_never_loads_torch() -> None:
    made = "import casreg, numpy\nr = casreg.Registry('memory://')\n"
    used = made + "r.save('a', {'x': numpy.ones(3)})\nr.load('a')"
    assert "torch" not in loaded_by(used)


def test_a_saver_of_values_never_loads_numpy() -> None:
    used = "from casreg import Registry\nfrom casreg.checkpoint import Saver\n"
    used += "s = Saver(Registry('memory://', version_objects=True), 'a')\ns.save(1, {'x': 1})\ns.restore()"
    assert not loaded_by(used) & {"numpy", "torch", "typer", "rich"}


def test_every_public_name_is_there() -> None:
    import casreg

    for name in casreg.__all__:
        assert getattr(casreg, name) is not None
        assert name in dir(casreg)
