// Durations over time: a column a step, a row a quarter of an octave, the stronger the more calls.

import {labelRoom, seconds, timeLabel} from './format.js';

const kBinsARow = 8;
const kHeight = 180;
const kLeft = 64;
const kBelow = 20;  // the time axis
const kTimeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600].map(each => each * 1000);

/// Where bin `i` begins, in nanoseconds (docs/telemetry.md, Durations).
function begin(bin) {
  return (32 + bin % 32) * 2 ** (Math.floor(bin / 32) + 4);
}

/// Round times of the day in `window`, so that each has `room` of 1 for its name.
function ticks([from, to], room) {
  const step = kTimeSteps.find(each => each >= (to - from) * room) ?? 2 * kTimeSteps.at(-1);
  const midnight = new Date(from).setHours(0, 0, 0, 0);
  const found = [];
  for (let time = midnight + Math.ceil((from - midnight) / step) * step; time <= to; time += step) found.push(time);
  return found;
}

export class Heatmap {
  /// `onPoint(row, cell)`: the place in `times` of the column that is pointed at, -1 for none, and what is there:
  /// {from, to} in seconds and its calls, or null.
  constructor({onPoint}) {
    this.canvas = document.createElement('canvas');
    this.canvas.className = 'heat';
    this.canvas.addEventListener('mousemove', event => onPoint(this.rowAt(event.offsetX), this.cellAt(event.offsetX, event.offsetY)));
    this.canvas.addEventListener('mouseleave', () => onPoint(-1, null));
    new ResizeObserver(() => { if (this.drawn) this.paint(); }).observe(this.canvas);
    this.cursor = null;  // a time, in milliseconds
  }

  /// `series`: as the API gives it, null where there is no column; `window`: [from, to] in milliseconds.
  draw({times, step_seconds, heatmap}, window) {
    const rows = new Map();
    let [low, high, most] = [Infinity, -Infinity, 0];
    heatmap.forEach((bins, i) => {
      if (times[i] < window[0] || times[i] > window[1]) return;
      for (const [bin, calls] of bins ?? []) {
        const row = Math.floor(bin / kBinsARow);
        const key = `${i} ${row}`;
        const sum = (rows.get(key) ?? 0) + calls;
        rows.set(key, sum);
        most = Math.max(most, sum);
        low = Math.min(low, row);
        high = Math.max(high, row);
      }
    });
    this.drawn = {times, step: step_seconds * 1000, window, rows, low, high, most};
    this.paint();
    this.canvas.setAttribute('aria-label', rows.size === 0 ? 'no calls in this range'
      : `durations from ${seconds(begin(low * kBinsARow) / 1e9)} to ${seconds(begin((high + 1) * kBinsARow) / 1e9)}`);
  }

  /// The cursor is at a column of `times`; -1 for none.
  point(row) {
    if (!this.drawn) return;
    this.cursor = row < 0 ? null : this.drawn.times[row];
    this.paint();
  }

  width() {
    return this.canvas.clientWidth || 480;
  }

  x(time) {
    const [from, to] = this.drawn.window;
    return kLeft + (this.width() - kLeft) * (time - from) / (to - from);
  }

  timeAt(x) {
    const [from, to] = this.drawn.window;
    return Math.min(Math.max(from + (to - from) * (x - kLeft) / (this.width() - kLeft), from), to);
  }

  rowAt(x) {
    const time = this.timeAt(x);
    return x < kLeft ? -1 : this.drawn.times.findIndex(each => each <= time && time < each + this.drawn.step);
  }

  cellAt(x, y) {
    const {rows, low} = this.drawn;
    const band = low + Math.floor((kHeight - kBelow - y) / this.cellHeight());
    if (this.rowAt(x) < 0 || rows.size === 0 || band < low) return null;
    return {from: begin(band * kBinsARow) / 1e9, to: begin((band + 1) * kBinsARow) / 1e9, calls: rows.get(`${this.rowAt(x)} ${band}`) ?? 0};
  }

  cellHeight() {
    return (kHeight - kBelow) / Math.max(8, this.drawn.high - this.drawn.low + 1);
  }

  paint() {
    const {times, step, window, rows, low, high, most} = this.drawn;
    const scale = devicePixelRatio || 1;
    const width = this.width();
    this.canvas.width = width * scale;
    this.canvas.height = kHeight * scale;
    const context = this.canvas.getContext('2d');
    context.scale(scale, scale);
    if (rows.size === 0) return;
    const styles = getComputedStyle(document.documentElement);
    const x = time => this.x(time);
    const cell = this.cellHeight();
    const y = row => kHeight - kBelow - (row - low + 1) * cell;
    context.fillStyle = styles.getPropertyValue('--c2').trim();
    for (const [key, calls] of rows) {
      const [i, row] = key.split(' ').map(Number);
      context.globalAlpha = 0.12 + 0.88 * Math.log1p(calls) / Math.log1p(most);
      context.fillRect(x(times[i]), y(row), Math.max(1, x(times[i] + step) - x(times[i])), Math.max(1, cell - 0.5));
    }
    context.globalAlpha = 1;
    context.fillStyle = styles.getPropertyValue('--soft').trim();
    if (this.cursor !== null) context.fillRect(Math.round(x(this.cursor)), 0, 1, kHeight - kBelow);
    context.font = '11px system-ui, sans-serif';
    context.textAlign = 'center';
    for (const time of ticks(window, (labelRoom(window) + 10) / (width - kLeft))) {
      const label = timeLabel(time, window);
      context.fillText(label, Math.min(x(time), width - context.measureText(label).width / 2), kHeight - 4);
    }
    context.textAlign = 'left';
    for (let row = low; row <= high; row += Math.max(1, Math.ceil((high - low + 1) / 6))) {
      context.fillText(seconds(begin(row * kBinsARow) / 1e9), 2, y(row) + cell);
    }
  }
}
