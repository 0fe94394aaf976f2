#include "cli/inject/container.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>

namespace meshctl::inject {
namespace {

/// A container read from the value of `c`, and what it was read from.
struct Read {
  std::unique_ptr<SourceText> source;
  Document document;
  Container container;
  Diagnostics problems;
};

Read read(const std::string& text) {
  auto source = std::make_unique<SourceText>("f", text);
  auto document = parse_document(*source, {0, source->bytes().size()});
  REQUIRE(document);
  REQUIRE(*document);
  Read read{std::move(source), std::move(**document), {}, {}};
  const Node* item = find(read.document.root(), "c").value;
  read.container = read_container(*read.source, read.document, {item, false}, read.problems);
  return read;
}

std::string texts(const std::vector<PortRef>& ports) {
  std::string text;
  for (const PortRef& port : ports) text += port.text() + " ";
  return text;
}

TEST_CASE("a container's ports come with the nodes that say so") {
  const Read r = read(
      "c:\n  name: web\n  ports:\n"
      "  - {name: http, containerPort: 0x50, hostPort: 8_0}\n"
      "  - {containerPort: eighty}\n"
      "  - {containerPort: '${{P}}', protocol: UDP}\n");
  CHECK(r.container.name == "web");
  REQUIRE(r.container.ports.size() == 2);
  const ContainerPort& http = r.container.ports[0];
  CHECK(http.port == PortRef{80, {}});
  CHECK(http.host_port == PortRef{80, {}});
  CHECK(http.protocol == "TCP");
  CHECK(http.name == "http");
  CHECK(http.name_node.node->value == "http");
  CHECK_FALSE(http.name_node.is_shared);
  CHECK(http.node->value == "0x50");
  CHECK(http.item->is_mapping());
  CHECK(r.container.ports[1].port.text() == "${P}");
  CHECK(r.container.ports[1].protocol == "UDP");
  CHECK(r.container.ports[1].name_node.node == nullptr);
  REQUIRE(r.problems.size() == 1);
  CHECK(render(r.problems[0]) ==
        "meshctl: warning: f:5:21: this containerPort is not a port number, so it is left aside\n"
        "    5 |   - {containerPort: eighty}\n"
        "                            ^\n"
        "hint: 1 to 65535\n");
}

TEST_CASE("a quoted containerPort is none") {
  const Read r = read("c: {ports: [{containerPort: \"80\"}]}\n");
  CHECK(r.container.ports.empty());
  REQUIRE(r.problems.size() == 1);
  CHECK(r.problems[0].hint == "take off its quotes: the API server does not take text here");
}

TEST_CASE("probes and hooks by number and by name, in their own container") {
  const Read r = read(
      "c:\n"
      "  ports: [{name: http, containerPort: 80}, {name: tpl, containerPort: '${T}'}]\n"
      "  livenessProbe: {httpGet: {port: http}}\n"
      "  readinessProbe: {tcpSocket: {port: tpl}}\n"
      "  startupProbe: {grpc: {port: 0x51}}\n"
      "  lifecycle:\n"
      "    postStart: {httpGet: {port: elsewhere}}\n"
      "    preStop: {tcpSocket: {port: \"83\"}}\n");
  CHECK(texts(r.container.probe_ports) == "${T} 80 81 ");
  CHECK(texts(r.container.hook_ports) == "83 ");
  std::string names;
  for (const PortUse& use : r.container.port_uses) {
    CHECK(use.node->value == use.name);
    CHECK_FALSE(use.is_shared);
    names += use.name + " ";
  }
  CHECK(names == "tpl http elsewhere 83 ");
}

TEST_CASE("what an alias or a merge key leads to is shared") {
  const Read r = read(
      "p: &p {httpGet: {port: http}}\n"
      "n: &n http\n"
      "d: &d {lifecycle: {preStop: {httpGet: {port: http}}}}\n"
      "c:\n"
      "  <<: *d\n"
      "  ports: [{name: *n, containerPort: 80}, &i {name: b, containerPort: 81}]\n"
      "  livenessProbe: *p\n"
      "  readinessProbe: {httpGet: {port: *n}}\n"
      "  startupProbe: &s {httpGet: {port: http}}\n"
      "e: [*i, *s]\n");
  std::string shared;
  for (const PortUse& use : r.container.port_uses) {
    CHECK(use.name == "http");
    shared += use.is_shared ? "shared " : use.node->kind == NodeKind::Alias ? "alias " : "own ";
  }
  CHECK(shared == "alias shared shared shared ");
  CHECK_FALSE(r.container.ports[0].name_node.is_shared);
  CHECK(r.container.ports[0].name_node.node->kind == NodeKind::Alias);
  CHECK(r.container.ports[1].name_node.is_shared);
}

TEST_CASE("a list of ports that others use is shared, item by item") {
  for (const auto* text : {"c: {ports: &l [{name: a, containerPort: 80}]}\nf: *l\n",
                           "f: &l [{name: a, containerPort: 80}]\nc: {ports: *l}\n",
                           "f: &l {ports: [{name: a, containerPort: 80}]}\nc: {<<: *l}\n",
                           "c: &l {ports: [{name: a, containerPort: 80}]}\nf: *l\n"}) {
    CAPTURE(text);
    const Read r = read(text);
    REQUIRE(r.container.ports.size() == 1);
    CHECK(r.container.ports[0].name_node.is_shared);
  }
}

}  // namespace
}  // namespace meshctl::inject
