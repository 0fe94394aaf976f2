// Durations over time: a column a step, a row a quarter of an octave, darker where there are more calls.

import {clock, seconds} from './format.js';

const kBinsARow = 8;
const kHeight = 180;
const kLeft = 64;

/// Where bin `i` begins, in nanoseconds (docs/telemetry.md, Durations).
function begin(bin) {
  return (32 + bin % 32) * 2 ** (Math.floor(bin / 32) + 4);
}

export class Heatmap {
  constructor() {
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'heat';
    this.canvas.setAttribute('role', 'img');
  }

  /// `times`: milliseconds; `columns`: for each, pairs [bin, calls]; `window`: [from, to] in milliseconds.
  draw(times, columns, window) {
    const rows = new Map();
    let [low, high, most] = [Infinity, -Infinity, 0];
    columns.forEach((bins, i) => {
      if (times[i] < window[0] || times[i] > window[1]) return;
      for (const [bin, calls] of bins) {
        const row = Math.floor(bin / kBinsARow);
        const key = `${i} ${row}`;
        const sum = (rows.get(key) ?? 0) + calls;
        rows.set(key, sum);
        most = Math.max(most, sum);
        low = Math.min(low, row);
        high = Math.max(high, row);
      }
    });
    this.paint(times, window, rows, low, high, most);
    this.canvas.setAttribute('aria-label', rows.size === 0 ? 'no calls in this range'
      : `durations from ${seconds(begin(low * kBinsARow) / 1e9)} to ${seconds(begin((high + 1) * kBinsARow) / 1e9)}`);
  }

  paint(times, window, rows, low, high, most) {
    const scale = devicePixelRatio || 1;
    const width = this.canvas.clientWidth || 480;
    this.canvas.width = width * scale;
    this.canvas.height = kHeight * scale;
    const context = this.canvas.getContext('2d');
    context.scale(scale, scale);
    if (rows.size === 0) return;
    const styles = getComputedStyle(document.documentElement);
    const x = time => kLeft + (width - kLeft) * (time - window[0]) / (window[1] - window[0]);
    const step = times.length > 1 ? times[1] - times[0] : window[1] - window[0];
    const cell = (kHeight - 20) / Math.max(8, high - low + 1);
    const y = row => kHeight - 20 - (row - low + 1) * cell;
    context.fillStyle = styles.getPropertyValue('--c2').trim();
    for (const [key, calls] of rows) {
      const [i, row] = key.split(' ').map(Number);
      context.globalAlpha = 0.12 + 0.88 * Math.log1p(calls) / Math.log1p(most);
      context.fillRect(x(times[i] - step), y(row), Math.max(1, x(times[i]) - x(times[i] - step)), Math.max(1, cell - 0.5));
    }
    context.globalAlpha = 1;
    context.fillStyle = styles.getPropertyValue('--soft').trim();
    context.font = '11px system-ui, sans-serif';
    for (const part of [0, 1, 2, 3]) {
      const time = window[0] + (window[1] - window[0]) * part / 4;
      context.fillText(clock(time), x(time), kHeight - 4);
    }
    for (let row = low; row <= high; row += Math.max(1, Math.ceil((high - low + 1) / 6))) {
      context.fillText(seconds(begin(row * kBinsARow) / 1e9), 2, y(row) + cell);
    }
  }
}
