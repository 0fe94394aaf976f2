// Numbers as people read them. All of them pure.

const kUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/// To 3 significant digits: before a unit is chosen, or 999.9 of one would be 1000 of it.
function rounded(value) {
  return Number(value.toPrecision(3));
}

/// 3 significant digits, no exponent.
function short(value) {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3)).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

/// Exact below 100,000, then 3 digits: 1.23 M.
export function count(value) {
  if (value == null) return '-';
  if (value < 1e5) return String(value);
  value = rounded(value);
  for (const [unit, size] of [['G', 1e9], ['M', 1e6], ['k', 1e3]]) {
    if (value >= size) return `${short(value / size)} ${unit}`;
  }
  return String(value);
}

export function bytes(value) {
  if (value == null) return '-';
  value = rounded(value);
  let unit = 0;
  while (value >= 1000 && unit < kUnits.length - 1) {
    value /= 1000;
    ++unit;
  }
  return `${unit === 0 ? Math.round(value) : short(value)} ${kUnits[unit]}`;
}

export function seconds(value) {
  if (value == null) return '-';
  value = rounded(value);
  if (value < 1e-3) return `${short(value * 1e6)} µs`;
  if (value < 1) return `${short(value * 1e3)} ms`;
  return `${short(value)} s`;
}

/// What is there never reads as nothing.
export function rate(value) {
  if (value == null) return '-';
  return value > 0 && value < 0.001 ? '<0.001' : short(value);
}

/// Of a share from 0 to 1. What is there never reads as nothing.
export function percent(share) {
  if (share == null) return '-';
  if (share > 0 && share < 0.0005) return '<0.1 %';
  return `${(share * 100).toFixed(1)} %`;
}

export function age(value) {
  if (value == null) return 'never';
  if (value < 2) return 'now';
  if (value < 120) return `${Math.round(value)} s ago`;
  if (value < 7200) return `${Math.round(value / 60)} min ago`;
  return `${Math.round(value / 3600)} h ago`;
}

/// On an axis, where parts of a byte are no place for a name.
export function axisBytes(value) {
  return value < 10 && value % 1 !== 0 ? '' : bytes(value);
}

export function axisPercent(share) {
  return `${short(share * 100)} %`;
}

const kDayMs = 86_400_000;

function dayAndTime(ms, isDated, parts) {
  const date = new Date(ms);
  const time = date.toLocaleTimeString([], {hour12: false, ...parts});
  return isDated ? `${date.toLocaleDateString([], {day: 'numeric', month: 'short'})} ${time}` : time;
}

function isToday(ms) {
  return new Date(ms).toDateString() === new Date().toDateString();
}

/// A time to the second, with its date unless that is today's.
export function when(ms) {
  return dayAndTime(ms, !isToday(ms), {});
}

/// A time on an axis over `window`, [from, to] in milliseconds; with its date where the time alone could be taken for another.
export function timeLabel(ms, [from, to]) {
  return dayAndTime(ms, !isToday(ms) || to - from > kDayMs, to - from < 3_600_000 ? {} : {hour: '2-digit', minute: '2-digit'});
}

/// The pixels that such a label needs.
export function labelRoom([from, to]) {
  return isToday(from) && isToday(to) && to - from <= kDayMs ? 70 : 110;
}
