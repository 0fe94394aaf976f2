#!/usr/bin/env bash
# Subject: parse-prometheus-text-format 1.1.1 of npm, fed with what prom-client 15.1.3 exposes.
# Guess:   a parser of the exposition format gives each series with its labels; a histogram per route is a histogram per route.
# Seen:    counters keep their labels. The series of a labelled histogram or summary become one without labels, whose buckets are those of the
#          series that came last; sums and counts are gone. Nothing says so.
# Why:     a test or dashboard that reads a proxy's latencies by it shows the last route as all of them. Latencies by route must be read by
#          another parser, or from JSON.
source "$(dirname "${BASH_SOURCE[0]}")/support.sh"
npm_packages "$pinned_node" parse-prometheus-text-format@1.1.1 prom-client@15.1.3

cat >"$work/scrape.mjs" <<'JS'
import client from 'prom-client';
import parse from 'parse-prometheus-text-format';
const labelNames = ['route'];
const calls = new client.Counter({ name: 'calls_total', help: 'Calls', labelNames });
const duration = new client.Histogram({ name: 'duration_seconds', help: 'Duration', labelNames, buckets: [0.1, 1] });
const size = new client.Summary({ name: 'size_bytes', help: 'Size', labelNames, percentiles: [0.5] });
for (const [route, seconds, bytes] of [['/orders/{id}', 5, 1000], ['/orders/{id}', 5, 1000], ['/health', 0.01, 2]]) {
  calls.inc({ route });
  duration.observe({ route }, seconds);
  size.observe({ route }, bytes);
}
const text = await client.register.metrics();
for (const { name, metrics } of parse(text)) {
  console.log(`${name}: ${metrics.map((series) => JSON.stringify(series)).join(' ')}`);
}
JS

node scrape.mjs |& tee "$work/seen"
stated <<'SEEN'
calls_total: {"value":"2","labels":{"route":"/orders/{id}"}} {"value":"1","labels":{"route":"/health"}}
duration_seconds: {"buckets":{"1":"1","0.1":"1","+Inf":"1"}}
size_bytes: {"quantiles":{"0.5":"2"}}
SEEN
