// A series as the API gives it, made ready to be drawn. All of it pure.

/// Calls of so long a silence are in the slot behind it (docs/dashboard.md): what is longer is a gap.
const kLongestPauseMs = 12_000;
/// What was counted in a slot has come so long after its end: a proxy pushes that often.
const kPushMs = 2000;

/// `series` with `change` made to each of its columns.
function withColumns(series, change, times) {
  const changed = object => Object.fromEntries(
    Object.entries(object).map(([name, values]) => [name, Array.isArray(values) ? change(values) : values]));
  return {...changed(series), errors: changed(series.errors ?? {}), times};
}

/// How many steps of `series` are over and told of at `now`, in milliseconds, counted since 1970.
export function stepsUntil(series, now) {
  return Math.floor((now - kPushMs) / (series.step_seconds * 1000));
}

/// The series without the slots at its end that are not over and told of at `now`, in milliseconds: they would
/// show a fall that is none.
export function whole(series, now) {
  const end = stepsUntil(series, now) * series.step_seconds * 1000;
  const ready = series.times.filter(time => time < end).length;
  return ready === series.times.length ? series : withColumns(series, values => values.slice(0, ready), series.times.slice(0, ready));
}

/// The series with a time of no figures in each gap: a line through it would show calls that nobody counted.
export function withGaps(series) {
  const step = series.step_seconds * 1000;
  const longest = Math.max(2 * step, kLongestPauseMs);
  const ends = new Set(series.times.flatMap((time, row) => series.times[row + 1] - time > longest ? [row + 1] : []));
  if (ends.size === 0) return series;
  return withColumns(series, values => values.flatMap((value, row) => ends.has(row) ? [null, value] : [value]),
    series.times.flatMap((time, row) => ends.has(row) ? [series.times[row - 1] + step, time] : [time]));
}

function column(series, name) {
  return name.startsWith('errors ') ? series.errors[name.slice(7)] : series[name];
}

/// A class of status codes that did not come up is no line.
export function hasValues(series, name) {
  const isKept = name.startsWith('status_') ? value => value > 0 : value => value !== null;
  return (column(series, name) ?? []).some(isKept);
}

/// Of the column `name`, null for no figure. Counts and bytes of a step are given a second.
export function valueAt(series, name, row) {
  const value = column(series, name)?.[row] ?? null;
  const isSum = name.startsWith('status_') || name.startsWith('errors ') || name.endsWith('_bytes') && name !== 'memory_bytes';
  return value === null || !isSum ? value : value / series.step_seconds;
}
