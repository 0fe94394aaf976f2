// Which charts there are, and the lines in each: their names, colours, dashes and columns.

import {axisBytes, axisPercent, bytes, percent, rate, seconds} from './format.js';
import {hasValues} from './series.js';

/// Whoever cannot tell the colours tells the dashes.
const kDashes = [[], [8, 3], [2, 2], [8, 3, 2, 3], [4, 4], [14, 4], [2, 5], [8, 2, 2, 2, 2, 2]];

function line(label, colour, column, dashes = 0) {
  return {label, colour, column, dashes: kDashes[dashes]};
}

/// `name`: in the read-out; `lines`: null for one of each type of error.
const kCharts = [
  {title: 'Calls a second, by status', name: 'calls/s', stacked: true, format: rate, lines: [
    line('2xx', '--c2', 'status_2xx'), line('3xx', '--c3', 'status_3xx', 1), line('4xx', '--c4', 'status_4xx', 3),
    line('5xx', '--c5', 'status_5xx', 2), line('none', '--p90', 'status_none', 6)]},
  {title: 'Duration', name: 'duration', format: seconds, lines: [
    line('p50', '--p50', 'p50_seconds'), line('p90', '--p90', 'p90_seconds', 1), line('p99', '--p99', 'p99_seconds', 2)]},
  {title: 'Payload a second', name: 'payload/s', format: bytes, axisFormat: axisBytes, lines: [
    line('in', '--c2', 'request_bytes'), line('out', '--c4', 'response_bytes', 1)]},
  {title: 'Errors a second, by type', name: 'errors/s', stacked: true, format: rate, lines: null},
  {title: 'Node CPU', name: 'node CPU', format: percent, axisFormat: axisPercent, lines: [line('', '--c2', 'cpu')]},
  {title: 'Node memory', name: 'node memory', format: bytes, axisFormat: axisBytes, lines: [line('', '--c2', 'memory_bytes')]},
];

/// All that can occur (runtime/telemetry/names.cpp, failure_name), each with its colour and dashes.
const kErrors = ['5xx', 'grpc', 'upstream_refused', 'upstream_timeout', 'upstream_reset', 'upstream_closed', 'client_abort', 'protocol_error'];

function linesOfErrors(series) {
  const place = type => kErrors.includes(type) ? kErrors.indexOf(type) : kErrors.length;
  return Object.keys(series.errors ?? {}).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .map(type => line(type, kErrors.includes(type) ? `--e${place(type) + 1}` : '--soft', `errors ${type}`, place(type) % kDashes.length));
}

/// The charts to draw of `series`, with the lines that it has figures for.
export function chartsOf(series) {
  return kCharts
    .map(chart => ({...chart, lines: (chart.lines ?? linesOfErrors(series)).filter(each => hasValues(series, each.column))}))
    .filter(chart => chart.lines.length > 0);
}
