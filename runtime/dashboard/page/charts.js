// The history of one service, pod or route: dygraphs with one cursor and one zoom, and a heatmap.
/* global Dygraph */

import {labelRoom, timeLabel} from './format.js';
import {listen} from './gestures.js';
import {Heatmap} from './heatmap.js';
import {chartsOf} from './lines.js';
import {describe, summary} from './readout.js';
import {valueAt, withGaps} from './series.js';

// The charts have keys of their own. The library's legend sets inline styles, which the page's content
// policy forbids.
Dygraph.PLUGINS = Dygraph.PLUGINS.filter(plugin => plugin !== Dygraph.Plugins.Legend);

function colour(variable) {
  return getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
}

export class Charts {
  /// `onZoom(from, to)`: milliseconds of a range that was chosen, 0 and 0 for all. `onScale(by, middle)`: `by` times as
  /// much is to be shown, with the time `middle` where it is. `onCursor(text, isByKey)`: what to read out.
  constructor(place, {onZoom, onScale, onCursor}) {
    this.place = place;
    this.onZoom = onZoom;
    this.onScale = onScale;
    this.onCursor = onCursor;
    this.plots = [];
    this.isZoomed = false;  // there is something to reset
    this.cursor = 0;  // the time that is pointed at, in milliseconds; 0 for none
    this.cell = null;  // of the heatmap, that is pointed at
    this.heatmap = new Heatmap({onPoint: (row, cell) => this.point(row, {from: this.heatmap.canvas, cell})});
    this.heatFigure = figure('Durations, the stronger the more calls', this.heatmap.canvas);
    this.listen(this.heatmap.canvas, x => this.heatmap.timeAt(x));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
  }

  /// `series` as the API gives it; `window`: [from, to] in milliseconds.
  show(series, window) {
    this.series = series = withGaps(series);
    this.window = window;
    const wanted = chartsOf(series);
    const shape = JSON.stringify(wanted);
    if (shape !== this.shape) this.build(wanted, shape);
    for (const plot of this.plots) {
      plot.graph.updateOptions({file: rowsOf(series, plot.chart), dateWindow: window, axes: {x: {pixelsPerLabel: labelRoom(window)}}});
      plot.place.setAttribute('aria-label', summary(series, plot.chart));
    }
    this.heatFigure.hidden = !series.heatmap;
    if (series.heatmap) this.heatmap.draw(series, window);
    // New points take the graphs' selection away; the pointer has not moved.
    if (this.cursor) this.point(series.times.indexOf(this.cursor), {cell: this.cell});
  }

  /// Nothing is shown any more.
  clear() {
    this.drop();
    this.series = null;
    this.cursor = 0;
    this.onCursor('', false);
  }

  drop() {
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
    const focused = document.activeElement;
    const title = this.plots.find(plot => plot.place === focused)?.chart.title;
    const cursor = this.cursor;
    this.drop();
    this.shape = shape;
    const places = charts.map(chart => {
      const plot = document.createElement('div');
      plot.className = 'plot';
      const lines = chart.lines.filter(line => line.label !== '');
      this.place.append(figure(chart.title, plot, ...(lines.length > 0 ? [keyOf(lines)] : [])));
      return plot;
    });
    this.place.append(this.heatFigure);
    // Only now, for a graph takes the width that its place has when it is made.
    this.plots = charts.map((chart, i) => ({chart, place: places[i], graph: this.graph(places[i], chart)}));
    for (const plot of this.plots) {
      this.listen(plot.place, x => Math.min(Math.max(plot.graph.toDataXCoord(x), this.window[0]), this.window[1]));
      if (plot.chart.title === title) plot.place.focus({preventScroll: true});
    }
    if (focused === this.heatmap.canvas) focused.focus({preventScroll: true});
    this.cursor = cursor;
  }

  graph(plot, chart) {
    return new Dygraph(plot, rowsOf(this.series, chart), {
      labels: ['time', ...chart.lines.map((line, i) => line.label || `line ${i}`)],
      colors: chart.lines.map(line => colour(line.colour)),
      series: Object.fromEntries(chart.lines.map((line, i) =>
        [line.label || `line ${i}`, {strokePattern: line.dashes.length > 0 ? line.dashes : null}])),
      stackedGraph: Boolean(chart.stacked),
      stackedGraphNaNFill: 'none',
      includeZero: true,
      connectSeparatedPoints: false,
      strokeWidth: 1.4,
      fillAlpha: 0.35,
      gridLineColor: colour('--line'),
      axisLineColor: colour('--line'),
      dateWindow: this.window,
      axes: {
        y: {axisLabelFormatter: chart.axisFormat ?? chart.format, axisLabelWidth: 64},
        x: {axisLabelFormatter: value => timeLabel(value, this.window), axisLabelWidth: 110, pixelsPerLabel: labelRoom(this.window)},
      },
      interactionModel: {},
      highlightCallback: (event, x, points, row) => this.point(row, {from: plot}),
      unhighlightCallback: () => this.point(-1, {from: plot}),
    });
  }

  listen(node, timeAt) {
    listen(node, {
      timeAt,
      onZoom: this.onZoom,
      onStep: by => this.step(by),
      onScale: by => this.onScale(by, this.cursor || (this.window[0] + this.window[1]) / 2),
      onEscape: () => {
        if (!this.isZoomed && !this.cursor) return false;
        if (this.isZoomed) this.onZoom(0, 0);
        else this.point(-1);
        return true;
      },
      onLeave: () => { if (this.series) this.point(-1); },
    });
  }

  /// Moves the cursor by so many columns, or puts it on the last one.
  step(by) {
    const {times} = this.series;
    const first = times.findIndex(time => time >= this.window[0]);
    const last = times.findLastIndex(time => time <= this.window[1]);
    if (first < 0 || last < first) return;
    const row = times.indexOf(this.cursor);
    this.point(row < 0 ? last : Math.min(Math.max(row + by, first), last), {isByKey: true});
  }

  /// One cursor in all charts; `from`, which says where it is, has it already.
  point(row, {from = null, cell = null, isByKey = false} = {}) {
    this.cursor = this.series.times[row] ?? 0;
    this.cell = cell;
    for (const plot of this.plots) {
      if (plot.place === from) continue;
      if (row < 0) plot.graph.clearSelection();
      else plot.graph.setSelection(row);
    }
    this.heatmap.point(row);
    this.onCursor(row < 0 ? '' : describe(this.series, this.plots.map(plot => plot.chart), row, cell), isByKey);
  }
}

function figure(title, ...content) {
  const made = document.createElement('figure');
  const heading = document.createElement('h3');
  heading.textContent = title;
  made.append(heading, ...content);
  return made;
}

/// Each line's mark, in its colour and dashes, and its name.
function keyOf(lines) {
  const kSvg = 'http://www.w3.org/2000/svg';
  const key = document.createElement('ul');
  key.className = 'key';
  for (const {label, colour: variable, dashes} of lines) {
    const mark = document.createElementNS(kSvg, 'svg');
    const path = document.createElementNS(kSvg, 'path');
    mark.setAttribute('viewBox', '0 0 32 8');
    mark.setAttribute('aria-hidden', 'true');
    path.setAttribute('d', 'M0 4H32');
    path.setAttribute('stroke', colour(variable));
    path.setAttribute('stroke-dasharray', dashes.join(' ') || 'none');
    mark.append(path);
    const item = document.createElement('li');
    item.append(mark, label);
    key.append(item);
  }
  return key;
}

function rowsOf(series, chart) {
  return series.times.map((time, row) => [new Date(time), ...chart.lines.map(line => valueAt(series, line.column, row))]);
}
