"""Every source is built: a test that nobody compiles is a test that cannot fail."""
import pathlib
import re

import pytest

TREE = pathlib.Path(__file__).resolve().parents[2]
# Also finds `inject/pod_test.cpp`, for which the name stands in a list of a folder above.
SOURCE = re.compile(r"[\w./]+\.cpp")


def listed(folder, tree):
    """The CMakeLists.txt there and in the folders above."""
    text = ""
    for above in [folder, *folder.parents]:
        lists = above / "CMakeLists.txt"
        text += lists.read_text() if lists.is_file() else ""
        if above == tree:
            return text
    raise AssertionError(f"{folder} is not in {tree}")


def fuzzers(tree):
    """Their targets, which are named after their sources, are listed in the preset alone."""
    presets = tree / "CMakePresets.json"
    return re.findall(r'"(\w+_fuzzer)"', presets.read_text()) if presets.is_file() else []


def unbuilt(tree):
    for top in ("cli", "runtime", "tests"):
        for path in sorted((tree / top).rglob("*.cpp")):
            names = {pathlib.PurePath(name).name for name in SOURCE.findall(listed(path.parent, tree))}
            if path.name not in names and path.stem not in fuzzers(tree):
                yield str(path.relative_to(tree))


def test_every_source_is_built():
    assert list(unbuilt(TREE)) == []


@pytest.mark.parametrize("cmake, missing", [
    ("add_executable(t a_test.cpp b_test.cpp)", []),
    ("add_executable(t a_test.cpp)", ["tests/b_test.cpp"]),
])
def test_a_forgotten_source_is_found(tmp_path, cmake, missing):
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "CMakeLists.txt").write_text(cmake)
    for name in ("a_test.cpp", "b_test.cpp"):
        (folder / name).touch()
    assert list(unbuilt(tmp_path)) == missing
