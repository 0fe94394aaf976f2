#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "runtime/dashboard/prometheus_figures.h"
#include "runtime/dashboard/prometheus_pushes.h"
#include "runtime/dashboard/prometheus_reply.h"

namespace meshctl::dashboard {
namespace {

using Points = std::vector<std::pair<Millis, double>>;

constexpr Millis kStep = 10'000;

void put(PrometheusAnswers& answers, Figure figure,
         std::vector<std::pair<std::string, std::string>> labels, Points points) {
  labels.emplace_back("job", "meshctl");
  labels.emplace_back("instance", "10.0.0.1:14000");
  answers[static_cast<std::size_t>(figure)].push_back({std::move(labels), std::move(points)});
}

/// One proxy that started at `starts[i]` as seen at i steps, with as many calls.
PrometheusAnswers answers_of(const std::vector<std::pair<double, double>>& start_and_calls) {
  PrometheusAnswers answers;
  Points info;
  Points start;
  Points calls;
  for (std::size_t i = 0; i < start_and_calls.size(); ++i) {
    const auto at = static_cast<Millis>(i) * kStep + 1'000'000;
    if (start_and_calls[i].first < 0) continue;
    info.emplace_back(at, 1);
    start.emplace_back(at, start_and_calls[i].first);
    calls.emplace_back(at, start_and_calls[i].second);
  }
  put(answers, Figure::Info, {{"service", "shop"}, {"pod", "shop-1"}}, info);
  put(answers, Figure::StartTime, {}, start);
  put(answers, Figure::Calls, {{"http_response_status_code", "200"}}, calls);
  return answers;
}

std::vector<std::uint64_t> calls_of(const PrometheusAnswers& answers, int steps) {
  std::vector<std::uint64_t> calls;
  const auto excerpt = excerpt_of(answers, 1'000'000, 1'000'000 + steps * kStep, kStep);
  for (const auto& each : excerpt.slots) calls.push_back(each.slot.usage.calls);
  return calls;
}

TEST_CASE("a step has the calls between two looks") {
  CHECK(calls_of(answers_of({{5, 10}, {5, 10}, {5, 17}}), 2) == std::vector<std::uint64_t>{0, 7});
}

TEST_CASE("a proxy that started anew at its address counts from nothing") {
  CHECK(calls_of(answers_of({{5, 10}, {1005, 3}, {1005, 4}}), 2) ==
        std::vector<std::uint64_t>{3, 1});
}

TEST_CASE("what a proxy counted before it was found is in no step, unless it had just started") {
  CHECK(calls_of(answers_of({{-1, 0}, {5, 1000}, {5, 1001}}), 2) ==
        std::vector<std::uint64_t>{0, 1});
  CHECK(calls_of(answers_of({{-1, 0}, {1001, 8}, {1001, 9}}), 2) ==
        std::vector<std::uint64_t>{8, 1});
}

TEST_CASE("a proxy that was not scraped for a while goes on where it was") {
  CHECK(calls_of(answers_of({{5, 10}, {-1, 0}, {5, 17}}), 2) == std::vector<std::uint64_t>{7});
}

TEST_CASE("a series that comes up counts from nothing, for its proxy was there") {
  auto answers = answers_of({{5, 10}, {5, 10}});
  put(answers, Figure::Calls,
      {{"http_response_status_code", "503"}, {"error_type", "503"}, {"http_route", "/late"}},
      {{1'000'000 + kStep, 4}});
  const auto excerpt = excerpt_of(answers, 1'000'000, 1'000'000 + kStep, kStep);
  REQUIRE(excerpt.slots.size() == 1);
  CHECK(excerpt.slots[0].slot.usage.errors == 4);
  CHECK(excerpt.slots[0].slot.usage.by_class[5] == 4);
  CHECK(excerpt.slots[0].slot.usage.by_failure[0] == 4);
}

TEST_CASE("calls are sorted as pushes have them") {
  struct {
    Figure figure;
    const char* code_label;
    const char* code;
    const char* error_type;
    std::uint64_t errors;
    std::uint64_t aborts;
    std::size_t status_class;
  } rows[] = {
      {Figure::Calls, "http_response_status_code", "404", "", 0, 0, 4},
      {Figure::Calls, "http_response_status_code", "503", "503", 1, 0, 5},
      {Figure::Calls, "http_response_status_code", "502", "upstream_refused", 1, 0, 5},
      {Figure::Calls, "http_response_status_code", "", "upstream_reset", 1, 0, 0},
      {Figure::Calls, "http_response_status_code", "200", "client_abort", 0, 1, 2},
      {Figure::Calls, "http_response_status_code", "500", "client_abort", 1, 1, 5},
      {Figure::GrpcCalls, "rpc_response_status_code", "OK", "", 0, 0, 2},
      {Figure::GrpcCalls, "rpc_response_status_code", "NOT_FOUND", "NOT_FOUND", 0, 0, 2},
      {Figure::GrpcCalls, "rpc_response_status_code", "UNAVAILABLE", "UNAVAILABLE", 1, 0, 2},
      {Figure::StreamCalls, "stream", "grpc", "INTERNAL", 1, 0, 2},
      {Figure::StreamCalls, "stream", "event_stream", "", 0, 0, 2},
  };
  for (const auto& row : rows) {
    CAPTURE(row.code);
    CAPTURE(row.error_type);
    PrometheusAnswers answers;
    put(answers, Figure::Info, {{"service", "shop"}}, {{1000, 1}});
    put(answers, row.figure, {{row.code_label, row.code}, {"error_type", row.error_type}},
        {{1000, 1}});
    const auto pushes = pushes_at(answers, 1000);
    REQUIRE(pushes.size() == 1);
    REQUIRE(pushes[0].routes.size() == 1);
    const auto& totals = pushes[0].routes[0].totals;
    CHECK(totals.calls == 1);
    CHECK(totals.errors == row.errors);
    CHECK(totals.client_aborts == row.aborts);
    CHECK(totals.by_class[row.status_class] == 1);
  }
}

TEST_CASE("a proxy's own names go before those of its target") {
  struct {
    std::vector<std::pair<std::string, std::string>> labels;
    const char* service;
    const char* pod;
  } rows[] = {
      {{{"service", "shop"}, {"pod", "shop-1"}}, "shop", "shop-1"},
      {{}, "meshctl", "10.0.0.1:14000"},
      {{{"service", "target"}, {"exported_service", "shop"}, {"pod", "web"}}, "shop", "web"},
  };
  for (const auto& row : rows) {
    PrometheusAnswers answers;
    put(answers, Figure::Info, row.labels, {{1000, 1}});
    const auto pushes = pushes_at(answers, 1000);
    REQUIRE(pushes.size() == 1);
    CHECK(pushes[0].service == row.service);
    CHECK(pushes[0].pod == row.pod);
  }
}

TEST_CASE("a name breaks out of no expression") {
  const auto text =
      expression(Figure::Calls, {{"name\"space", "sh\\op\n", "", "/a\"} or vector(1)"}, 0});
  CHECK(text.find(R"(namespace="name\"space")") != text.npos);
  CHECK(text.find(R"(service="sh\\op\n")") != text.npos);
  CHECK(text.find(R"q(http_route="/a\"} or vector(1)")q") != text.npos);
}

TEST_CASE("some proxies alone are asked for by their targets") {
  const std::vector<std::string> some{"10.0.0.1:14000", R"(a|b"[c])"};
  const PrometheusScope scope{.instances = some};
  constexpr std::string_view kThem = R"q(instance=~"10\\.0\\.0\\.1:14000|a\\|b\"\\[c\\]")q";
  CHECK(expression(Figure::Info, scope) == fmt::format("meshctl_service_info{{{}}}", kThem));
  CHECK(expression(Figure::StreamCalls, scope)
            .find(fmt::format(R"(stream=~"event_stream|grpc",{})", kThem)) != std::string::npos);
}

TEST_CASE("answers that make no sense are told, and no figure is taken from them") {
  for (const std::string_view body :
       {"", "<html>", "[]", "{}", R"({"data":[]})", R"({"data":{"result":7}})"}) {
    CAPTURE(body);
    const auto reply = read_prometheus_reply(body);
    REQUIRE_FALSE(reply);
    CHECK(reply.error() == "it does not answer as Prometheus does");
  }
  const auto refused =
      read_prometheus_reply(R"({"status":"error","errorType":"bad_data","error":"too many"})");
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == "it says: too many");
  const auto odd = read_prometheus_reply(
      R"({"data":{"result":[7,{"metric":7},{"metric":{"a":"b"},"value":[1.5,"NaN"]},)"
      R"({"metric":{"a":"c"},"values":[[1,"+Inf"],[2,"1e+06"],["3","4"],[5]]}]}})");
  REQUIRE(odd);
  REQUIRE(odd->size() == 3);
  CHECK((*odd)[1].points.empty());
  CHECK((*odd)[2].points == Points{{2000, 1e6}});
}

}  // namespace
}  // namespace meshctl::dashboard
