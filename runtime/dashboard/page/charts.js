// The history of one service, pod or route: dygraphs with one cursor and one zoom, and a heatmap.
/* global Dygraph */

import {bytes, clock, percent, rate, seconds} from './format.js';
import {Heatmap} from './heatmap.js';

/// `lines`: [label, CSS colour variable, column of the series].
const kCharts = [
  {title: 'Calls a second, by status', stacked: true, format: rate,
   lines: [['2xx', '--c2', 'status_2xx'], ['3xx', '--c3', 'status_3xx'], ['4xx', '--c4', 'status_4xx'], ['5xx', '--c5', 'status_5xx'], ['none', '--p90', 'status_none']]},
  {title: 'Duration', format: seconds, lines: [['p50', '--p50', 'p50_seconds'], ['p90', '--p90', 'p90_seconds'], ['p99', '--p99', 'p99_seconds']]},
  {title: 'Payload a second', format: bytes, lines: [['in', '--c2', 'request_bytes'], ['out', '--c4', 'response_bytes']]},
  {title: 'Errors a second, by type', stacked: true, format: rate, lines: null},
  {title: 'CPU', format: percent, lines: [['pods', '--c2', 'cpu']]},
  {title: 'Memory', format: bytes, lines: [['pods', '--c2', 'memory_bytes']]},
];
/// Calls of so long a silence are in the slot behind it (docs/dashboard.md): what is longer is a gap.
const kLongestPauseMs = 12_000;
const kErrorColours = ['--c5', '--c4', '--p90', '--c2', '--c3'];

// The charts have keys of their own. The library's legend sets inline styles, which the page's content
// policy forbids.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter(plugin => plugin !== Dygraph.Plugins.Legend);

function colour(variable) {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}

export class Charts {
  /// `onZoom(from, to)`: milliseconds of a range that was dragged. `onCursor(text)`: what to read out.
  constructor(place, {onZoom, onCursor}) {
    this.place = place;
    this.onZoom = onZoom;
    this.onCursor = onCursor;
    this.plots = [];
    this.cursor = 0;  // the time that is pointed at, in milliseconds; 0 for none
    this.heatmap = new Heatmap({onPoint: row => this.point(row, this.heatmap.canvas), onZoom});
    this.heatFigure = figure('Durations, the stronger the more calls', this.heatmap.canvas);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
  }

  /// `series` as the API gives it; `window`: [from, to] in milliseconds.
  show(series, window) {
    this.series = series = withGaps(series);
    this.window = window;
    const wanted = kCharts
      .map(chart => ({...chart, lines: (chart.lines ?? linesOfErrors(series)).filter(line => hasValues(series, line[2]))}))
      .filter(chart => chart.lines.length > 0);
    const shape = JSON.stringify(wanted.map(chart => [chart.title, chart.lines]));
    if (shape !== this.shape) this.build(wanted, shape);
    for (const plot of this.plots) {
      plot.graph.updateOptions({file: rowsOf(series, plot.chart), dateWindow: window});
      plot.place.setAttribute('aria-label', summary(series, plot.chart));
    }
    this.heatFigure.hidden = !series.heatmap;
    if (series.heatmap) this.heatmap.draw(series, window);
    // New points take the graphs' selection away; the pointer has not moved.
    if (this.cursor) this.point(series.times.indexOf(this.cursor));
  }

  clear() {
    this.cursor = 0;
    for (const plot of this.plots) plot.graph.destroy();
    this.plots = [];
    this.shape = '';
    this.place.replaceChildren();
  }

  redraw() {
    if (!this.series) return;
    this.shape = '';
    this.show(this.series, this.window);
  }

  build(charts, shape) {
    this.clear();
    this.shape = shape;
    const places = charts.map(chart => {
      const plot = document.createElement('div');
      plot.className = 'plot';
      plot.setAttribute('role', 'img');
      const key = document.createElement('ul');
      key.className = 'key';
      for (const [label, variable] of chart.lines) {
        const item = document.createElement('li');
        const mark = document.createElement('span');
        mark.textContent = '━ ';
        mark.style.color = colour(variable);
        item.append(mark, label);
        key.append(item);
      }
      this.place.append(figure(chart.title, plot, key));
      return plot;
    });
    this.place.append(this.heatFigure);
    // Only now, for a graph takes the width that its place has when it is made.
    this.plots = charts.map((chart, i) => ({chart, place: places[i], graph: this.graph(places[i], chart)}));
  }

  graph(plot, chart) {
    return new Dygraph(plot, rowsOf(this.series, chart), {
      labels: ['time', ...chart.lines.map(line => line[0])],
      colors: chart.lines.map(line => colour(line[1])),
      stackedGraph: Boolean(chart.stacked),
      stackedGraphNaNFill: 'none',
      includeZero: true,
      connectSeparatedPoints: false,
      strokeWidth: 1.4,
      fillAlpha: 0.35,
      gridLineColor: colour('--line'),
      axisLineColor: colour('--line'),
      dateWindow: this.window,
      axes: {y: {axisLabelFormatter: chart.format, axisLabelWidth: 64}, x: {axisLabelFormatter: value => clock(value)}},
      highlightCallback: (event, x, points, row) => this.point(row, plot),
      unhighlightCallback: () => this.point(-1, plot),
      zoomCallback: (from, to) => this.onZoom(from, to),
    });
  }

  /// One cursor in all charts; the one that says where it is has it already.
  point(row, from = null) {
    this.cursor = this.series.times[row] ?? 0;
    for (const plot of this.plots) {
      if (plot.graph.graphDiv.parentNode === from) continue;
      if (row < 0) plot.graph.clearSelection();
      else plot.graph.setSelection(row);
    }
    this.heatmap.point(row);
    this.onCursor(row < 0 ? '' : this.describe(row));
  }

  /// All figures at a time, as text.
  describe(row) {
    const said = [clock(this.series.times[row])];
    for (const {chart} of this.plots) {
      for (const line of chart.lines) {
        const value = valueAt(this.series, line[2], row);
        if (value !== null) said.push(`${line[0]} ${chart.format(value)}`);
      }
    }
    return said.length > 1 ? said.join('  ') : `${said[0]}  no figures`;
  }
}

/// The series with a time of no figures in each gap: a line through it would show calls that nobody counted.
export function withGaps(series) {
  const step = series.step_seconds * 1000;
  const longest = Math.max(2 * step, kLongestPauseMs);
  const ends = series.times.flatMap((time, row) => series.times[row + 1] - time > longest ? [row + 1] : []);
  if (ends.length === 0) return series;
  const cut = values => values.flatMap((value, row) => ends.includes(row) ? [null, value] : [value]);
  const withCuts = object => Object.fromEntries(Object.entries(object).map(([name, values]) => [name, Array.isArray(values) ? cut(values) : values]));
  const times = series.times.flatMap((time, row) => ends.includes(row) ? [series.times[row - 1] + step, time] : [time]);
  return {...withCuts(series), errors: withCuts(series.errors), times};
}

function figure(title, ...content) {
  const made = document.createElement('figure');
  const heading = document.createElement('h3');
  heading.textContent = title;
  made.append(heading, ...content);
  return made;
}

function linesOfErrors(series) {
  return Object.keys(series.errors ?? {}).sort().map((type, i) => [type, kErrorColours[i % kErrorColours.length], `errors ${type}`]);
}

function column(series, name) {
  return name.startsWith('errors ') ? series.errors[name.slice(7)] : series[name];
}

/// A class of status codes that did not come up is no line.
function hasValues(series, name) {
  const isKept = name.startsWith('status_') ? value => value > 0 : value => value !== null;
  return (column(series, name) ?? []).some(isKept);
}

/// What a chart shows, for those who do not see it.
function summary(series, chart) {
  const lines = chart.lines.map(line => {
    const values = series.times.map((_, row) => valueAt(series, line[2], row)).filter(value => value !== null);
    return `${line[0]} last ${chart.format(values.at(-1) ?? null)}, most ${chart.format(values.length > 0 ? Math.max(...values) : null)}`;
  });
  return `${chart.title}: ${lines.join('; ')}`;
}

/// Counts and bytes of a step are shown a second.
function valueAt(series, name, row) {
  const value = column(series, name)?.[row] ?? null;
  const isSum = name.startsWith('status_') || name.startsWith('errors ') || name.endsWith('_bytes') && name !== 'memory_bytes';
  return value === null || !isSum ? value : value / series.step_seconds;
}

function rowsOf(series, chart) {
  return series.times.map((time, row) => [new Date(time), ...chart.lines.map(line => valueAt(series, line[2], row))]);
}

