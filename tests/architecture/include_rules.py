"""Which folder may include which, and who owns which third-party library. Data; the check is below.

The arrows are those of docs/architecture.md. A new folder needs a row here.
"""
import dataclasses
import pathlib
import re

# A folder and what it may use, directly. More specific folders come first.
ARROWS = {
    "cli/inject": {"cli/inject", "runtime/base"},
    "cli": {"cli", "cli/inject", "runtime/base", "runtime/proxy", "runtime/dashboard", "runtime/telemetry"},
    "runtime/dashboard": {"runtime/dashboard", "runtime/net", "runtime/web", "runtime/telemetry", "runtime/base"},
    "runtime/proxy": {"runtime/proxy", "runtime/net", "runtime/web", "runtime/tap", "runtime/http",
                      "runtime/telemetry", "runtime/base"},
    "runtime/tap": {"runtime/tap", "runtime/http", "runtime/telemetry", "runtime/base"},
    "runtime/web": {"runtime/web", "runtime/net", "runtime/http", "runtime/base"},
    "runtime/telemetry": {"runtime/telemetry", "runtime/base"},
    "runtime/http": {"runtime/http", "runtime/base"},
    "runtime/net": {"runtime/net", "runtime/base"},
    "runtime/base": {"runtime/base"},
}

# Third-party headers, and the files that may include them. What is not listed is free.
OWNERS = {
    r"yaml-cpp/": r"cli/inject/document\.(h|cpp)",
    r"uv\.h|uv/": r"runtime/net/[^/]+",
    r"CLI/": r"cli/[^/]+",
    r"llhttp\.h": r"runtime/http/[^/]+",
    r"nghttp2/": r"runtime/http/hpack_decoder\.cpp",
    r"nlohmann/": r"(runtime/telemetry|runtime/dashboard|cli/inject|cli)/[^/]+",
    r"sqlite3\.h": r"runtime/dashboard/database\.cpp",
}

# The CMake target that brings a third-party library, and the folders whose CMakeLists.txt may name it.
TARGET_OWNERS = {
    "meshctl_yaml_cpp": {"cli/inject"},
    "meshctl_libuv": {"runtime/net"},
    "CLI11::CLI11": {"cli"},
    "meshctl_llhttp": {"runtime/http"},
    "meshctl_nghttp2": {"runtime/http"},
    "meshctl_sqlite": {"runtime/dashboard"},
    "nlohmann_json::nlohmann_json": {"runtime/telemetry", "runtime/dashboard", "cli/inject", "cli"},
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)
TARGET = re.compile(r"\bmeshctl(?:::|_)(base|net|http|telemetry|tap|web|proxy|dashboard|inject)\b")


@dataclasses.dataclass(frozen=True)
class Violation:
    place: str
    problem: str

    def __str__(self):
        return f"{self.place}: {self.problem}"


def folder_of(path):
    """The row of ARROWS that a path belongs to, or None."""
    return next((folder for folder in ARROWS if path.startswith(folder + "/")), None)


def sources(tree):
    return sorted(path for part in ("cli", "runtime") for path in (tree / part).rglob("*")
                  if path.suffix in (".h", ".cpp"))


def check_includes(tree: pathlib.Path):
    """The violations among the #include lines of cli/ and runtime/."""
    found = []
    for path in sources(tree):
        name = path.relative_to(tree).as_posix()
        folder = folder_of(name)
        text = path.read_text()
        if folder is None:
            found.append(Violation(name, "is in a folder that the rules do not know"))
            continue
        for match in INCLUDE.finditer(text):
            place = f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
            included = match[1] or match[2]
            target = folder_of(included)
            if target is not None and target not in ARROWS[folder]:
                found.append(Violation(place, f"{folder} must not include {target}"))
            elif match[1] and target is None and not any(
                    re.match(header, included) for header in OWNERS):
                found.append(Violation(place, f'"{included}" is no path from the root of the tree'))
            for header, owner in OWNERS.items():
                if re.match(header, included) and not re.fullmatch(owner, name):
                    found.append(Violation(place, f"<{included}> belongs to {owner} only"))
    return found


def check_links(tree: pathlib.Path):
    """The violations among the targets that each CMakeLists.txt of cli/ and runtime/ names."""
    found = []
    for path in sorted(tree.glob("cli/**/CMakeLists.txt")) + sorted(
            tree.glob("runtime/**/CMakeLists.txt")):
        name = path.relative_to(tree).as_posix()
        folder = folder_of(name)
        if folder not in ARROWS:
            continue
        text = re.sub(r"#.*", "", path.read_text())
        for match in TARGET.finditer(text):
            target = "cli/inject" if match[1] == "inject" else f"runtime/{match[1]}"
            if target not in ARROWS[folder]:
                found.append(Violation(name, f"{folder} must not link {target}"))
        for target, owners in TARGET_OWNERS.items():
            if re.search(rf"(?<![\w:]){re.escape(target)}(?![\w:])", text) and folder not in owners:
                found.append(Violation(name, f"{target} belongs to {', '.join(sorted(owners))} only"))
    return found
