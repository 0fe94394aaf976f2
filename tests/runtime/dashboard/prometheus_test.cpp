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

TEST_CASE("the calls of a long silence are in no step, and the next ones are") {
  constexpr std::pair<double, double> kNone{-1, 0};
  CHECK(calls_of(answers_of({{5, 10}, kNone, kNone, kNone, kNone, {5, 610}, {5, 617}}), 6) ==
        std::vector<std::uint64_t>{7});
  CHECK(calls_of(answers_of({{5, 10}, kNone, kNone, kNone, {5, 610}, {5, 617}}), 5) ==
        std::vector<std::uint64_t>{600, 7});
}

TEST_CASE("steps that are longer than a silence may be have the calls between two looks") {
  const auto answers = answers_of({{5, 10}, {-1, 0}, {-1, 0}, {-1, 0}, {-1, 0}, {-1, 0}, {5, 70}});
  const auto excerpt = excerpt_of(answers, 1'000'000, 1'000'000 + 6 * kStep, 6 * kStep);
  REQUIRE(excerpt.slots.size() == 1);
  CHECK(excerpt.slots[0].slot.usage.calls == 60);
}

TEST_CASE("a count that falls within one start is the base of the next step, and no calls") {
  CHECK(calls_of(answers_of({{5, 20}, {5, 11}, {5, 12}}), 2) == std::vector<std::uint64_t>{0, 1});
}

TEST_CASE(
    "a target under its old and its new namespace is one proxy, under that of its last scrape") {
  PrometheusAnswers answers;
  for (const auto& [name_space, scraped] : {std::pair{"new", 900.0}, {"", 800.0}}) {
    put(answers, Figure::Info, {{"service", "shop"}, {"namespace", name_space}}, {{1000, scraped}});
    put(answers, Figure::StartTime, {{"namespace", name_space}}, {{1000, 0.5}});
    put(answers, Figure::Calls,
        {{"http_response_status_code", "200"}, {"http_route", "/"}, {"namespace", name_space}},
        {{1000, scraped}});
    put(answers, Figure::MachineMemory, {{"namespace", name_space}}, {{1000, scraped}});
  }
  const auto pushes = pushes_at(answers, 1000);
  REQUIRE(pushes.size() == 1);
  CHECK(pushes[0].instance == "meshctl|10.0.0.1:14000|500");
  CHECK(pushes[0].name_space == "new");
  CHECK(pushes[0].uptime_ms == 500);
  REQUIRE(pushes[0].routes.size() == 1);
  CHECK(pushes[0].routes[0].totals.calls == 900);
  REQUIRE(pushes[0].node);
  CHECK(pushes[0].node->memory_used_bytes == 900);
}

TEST_CASE("of several starts at one place the last one counts") {
  PrometheusAnswers answers;
  put(answers, Figure::Info, {{"service", "shop"}}, {{9000, 1}});
  for (const double start : {5.0, 7.5, 6.0})
    put(answers, Figure::StartTime, {{"team", std::to_string(start)}}, {{9000, start}});
  const auto pushes = pushes_at(answers, 9000);
  REQUIRE(pushes.size() == 1);
  CHECK(pushes[0].instance == "meshctl|10.0.0.1:14000|7500");
  CHECK(pushes[0].uptime_ms == 1500);
}

TEST_CASE("the place of a proxy is that of its series, also where nothing tells its start") {
  PrometheusAnswers answers;
  put(answers, Figure::Info, {{"service", "shop"}}, {{1000, 1}});
  const auto pushes = pushes_at(answers, 1000);
  REQUIRE(pushes.size() == 1);
  CHECK(place_of(pushes[0]) == "meshctl|10.0.0.1:14000");
  CHECK(place_of(answers[0][0]) == place_of(pushes[0]));
}

TEST_CASE("when a place was scraped last is not known where it was there for too short") {
  PrometheusAnswers answers;
  put(answers, Figure::Info, {{"service", "shop"}}, {{1000, 1}});
  CHECK(last_scrapes(answers, 1000).empty());
  put(answers, Figure::Info, {{"service", "shop"}, {"namespace", "new"}}, {{1000, 900.25}});
  put(answers, Figure::Info, {{"service", "shop"}, {"namespace", "old"}}, {{1000, 800}});
  const auto scrapes = last_scrapes(answers, 1000);
  REQUIRE(scrapes.size() == 1);
  CHECK(scrapes.begin()->first == "meshctl|10.0.0.1:14000");
  CHECK(scrapes.begin()->second == 900'250);
}

TEST_CASE("a route without a name counts with those that have none of their own") {
  PrometheusAnswers answers;
  put(answers, Figure::Info, {{"service", "shop"}}, {{1000, 1}});
  const std::vector<std::pair<std::string, std::string>> ok{{"http_response_status_code", "200"}};
  put(answers, Figure::Calls, ok, {{1000, 3}});
  put(answers, Figure::Calls, {ok[0], {"http_route", "{other}"}}, {{1000, 4}});
  put(answers, Figure::GrpcCalls, {{"rpc_response_status_code", "OK"}}, {{1000, 5}});
  put(answers, Figure::GrpcCalls, {{"rpc_method", "{other}"}}, {{1000, 6}});
  put(answers, Figure::GrpcCalls, {{"rpc_method", "shop.Cart/Add"}}, {{1000, 7}});
  const auto pushes = pushes_at(answers, 1000);
  REQUIRE(pushes.size() == 1);
  REQUIRE(pushes[0].routes.size() == 2);
  CHECK(pushes[0].routes[0].route == "/shop.Cart/Add");
  CHECK(pushes[0].routes[1].route == "{other}");
  CHECK(pushes[0].routes[1].totals.calls == 3 + 4 + 5 + 6);
  // Its chart is that of the same calls.
  for (const auto figure : {Figure::Calls, Figure::GrpcCalls}) {
    CHECK(expression(figure, {{"", "shop", "", "{other}"}, 0}).find(R"q(=~"(\\{other\\})?")q") !=
          std::string::npos);
  }
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
  CHECK(expression(Figure::Info, scope) ==
        fmt::format("timestamp(meshctl_service_info{{{}}})", kThem));
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
