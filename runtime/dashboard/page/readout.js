// What the charts show, as text.

import {count, seconds, when} from './format.js';
import {valueAt} from './series.js';

/// All figures at the time in `row`; `cell`: of the heatmap, {from, to, calls}, or null.
export function describe(series, charts, row, cell) {
  const said = [];
  for (const chart of charts) {
    const values = chart.lines
      .map(line => [line.label, valueAt(series, line.column, row)])
      .filter(([, value]) => value !== null)
      .map(([label, value]) => `${label} ${chart.format(value)}`.trim());
    if (values.length === 0) continue;
    said.push(chart.lines[0].label === '' ? `${chart.name} ${values[0]}` : `${chart.name}: ${values.join(' ')}`);
  }
  if (said.length === 0) said.push('no figures');
  if (cell) said.push(`${seconds(cell.from)} to ${seconds(cell.to)}: ${count(cell.calls)} ${cell.calls === 1 ? 'call' : 'calls'}`);
  return [when(series.times[row]), ...said].join('  ');
}

/// What a chart shows, for those who do not see it.
export function summary(series, chart) {
  const lines = chart.lines.map(line => {
    const values = series.times.map((_, row) => valueAt(series, line.column, row)).filter(value => value !== null);
    const most = values.length > 0 ? Math.max(...values) : null;
    return `${line.label} last ${chart.format(values.at(-1) ?? null)}, most ${chart.format(most)}`.trim();
  });
  return `${chart.title}: ${lines.join('; ')}`;
}
