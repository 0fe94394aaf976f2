"""The arrows between the folders hold; and the check that says so can fail."""
import pathlib

import pytest

from architecture.include_rules import check_includes, check_links, sources

TREE = pathlib.Path(__file__).resolve().parents[2]


def test_includes_follow_the_arrows():
    assert len(sources(TREE)) > 10, "the check found no sources to read"
    assert [str(violation) for violation in check_includes(TREE)] == []


def test_cmake_links_follow_the_arrows():
    assert [str(violation) for violation in check_links(TREE)] == []


@pytest.fixture
def made_up(tmp_path):
    """Writes a file of a made-up tree."""
    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return tmp_path
    return write


@pytest.mark.parametrize("name, line, problem", [
    ("runtime/net/loop.h", '#include "cli/command.h"', "runtime/net must not include cli"),
    ("runtime/base/log.cpp", '#include "runtime/net/loop.h"',
     "runtime/base must not include runtime/net"),
    ("runtime/telemetry/shard.h", '#include "runtime/http/detector.h"',
     "runtime/telemetry must not include runtime/http"),
    ("runtime/http/detector.cpp", '#include "runtime/net/loop.h"',
     "runtime/http must not include runtime/net"),
    ("runtime/web/server.cpp", '#include "runtime/telemetry/shard.h"',
     "runtime/web must not include runtime/telemetry"),
    ("cli/inject/plan.cpp", '#include "runtime/proxy/server.h"',
     "cli/inject must not include runtime/proxy"),
    ("cli/inject/plan.cpp", '#include "cli/command.h"', "cli/inject must not include cli"),
    ("cli/inject/plan.cpp", "#include <yaml-cpp/yaml.h>", "belongs to"),
    ("runtime/proxy/server.cpp", "#include <uv.h>", "belongs to"),
    ("runtime/proxy/server.cpp", '  #  include "uv.h"', "belongs to"),
    ("cli/inject/plan.h", "#include <CLI/CLI.hpp>", "belongs to"),
    ("runtime/web/server.cpp", "#include <llhttp.h>", "belongs to"),
    ("runtime/proxy/admin.cpp", "#include <nlohmann/json.hpp>", "belongs to"),
    ("runtime/net/loop.cpp", '#include "loop.h"', "no path from the root"),
    ("runtime/cache/cache.h", "", "folder that the rules do not know"),
])
def test_a_planted_include_is_found(made_up, name, line, problem):
    tree = made_up(name, f"#pragma once\n{line}\n")
    (violation,) = check_includes(tree)
    assert problem in str(violation)
    assert str(violation).startswith(name)


@pytest.mark.parametrize("name, line", [
    ("cli/main.cpp", '#include "cli/inject/plan.h"'),
    ("cli/run_command.cpp", "#include <CLI/CLI.hpp>"),
    ("cli/inject/document.cpp", "#include <yaml-cpp/yaml.h>"),
    ("runtime/net/loop.h", "#include <uv.h>"),
    ("runtime/tap/http1_tap.cpp", '#include "runtime/telemetry/call_record.h"'),
    ("runtime/base/log.cpp", "#include <vector>"),
    ("runtime/base/log.cpp", '// #include "cli/command.h"'),
])
def test_an_allowed_include_is_let_through(made_up, name, line):
    assert check_includes(made_up(name, line + "\n")) == []


@pytest.mark.parametrize("name, text, problem", [
    ("runtime/base/CMakeLists.txt", "meshctl_library(base PUBLIC meshctl::net)", "runtime/net"),
    ("runtime/telemetry/CMakeLists.txt", "PRIVATE meshctl_libuv", "meshctl_libuv belongs to"),
    ("cli/inject/CMakeLists.txt", "PRIVATE CLI11::CLI11", "CLI11::CLI11 belongs to"),
    ("cli/inject/CMakeLists.txt", "PUBLIC meshctl::proxy", "runtime/proxy"),
])
def test_a_planted_link_is_found(made_up, name, text, problem):
    (violation,) = check_links(made_up(name, text))
    assert problem in str(violation)
