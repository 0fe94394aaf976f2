// What the page shows, kept in the address so that a link leads to the same view.

/// In seconds.
export const kRanges = [300, 900, 3600, 21600, 86400, 604800, 2678400];
const kDefaults = {service: '', namespace: '', pod: '', route: '', range: 900, from: 0, to: 0, sort: 'calls', down: true,
                   filter: '', open: [], paused: false};

/// The view that `hash` (with or without its #) stands for; what makes no sense is left at its default.
export function parse(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const view = {...kDefaults, open: words.getAll('open')};
  for (const name of ['service', 'namespace', 'pod', 'route', 'filter']) view[name] = words.get(name) ?? '';
  const [from, to] = ['from', 'to'].map(name => Number(words.get(name)));
  if (from > 0 && from < to && to <= Number.MAX_SAFE_INTEGER) Object.assign(view, {from, to});
  const range = Number(words.get('range'));
  if (kRanges.includes(range)) view.range = range;
  const sort = words.get('sort') ?? '';
  if (sort !== '') {
    view.down = !sort.startsWith('+');
    view.sort = sort.replace(/^\+/, '');
  }
  view.paused = words.has('paused');
  return view;
}

/// The ranges that a dashboard can fill that keeps `retention` seconds.
export function rangesOf(retention) {
  return kRanges.filter((_, i) => i === 0 || kRanges[i - 1] < retention);
}

/// Whether `hash` says anything about the view; one that is for an element does not.
export function isView(hash) {
  const words = [...new URLSearchParams(hash.replace(/^#/, '')).keys()];
  return words.length === 0 || words.some(word => word in kDefaults);
}

/// What the charts are about: `blue / shop › shop-1`, empty for nothing.
export function subjectOf({service, namespace, pod, route}) {
  return [namespace && `${namespace} / ${service}` || service, pod, route].filter(Boolean).join(' › ');
}

export function format(view) {
  const words = new URLSearchParams();
  for (const name of ['service', 'namespace', 'pod', 'route', 'filter']) if (view[name]) words.set(name, view[name]);
  for (const name of ['from', 'to']) if (view[name]) words.set(name, String(Math.round(view[name])));
  if (view.range !== kDefaults.range) words.set('range', String(view.range));
  if (view.sort !== kDefaults.sort || !view.down) words.set('sort', (view.down ? '' : '+') + view.sort);
  for (const key of view.open) words.append('open', key);
  if (view.paused) words.set('paused', '');
  return words.toString();
}
