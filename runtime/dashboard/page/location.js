// What the page shows, kept in the address so that a link leads to the same view.

export const kRanges = [300, 900, 3600, 21600, 86400];
const kDefaults = {service: '', namespace: '', pod: '', route: '', range: 900, from: 0, to: 0, sort: 'calls', down: true,
                   filter: '', open: [], paused: false};

/// The view that `hash` (with or without its #) stands for; what makes no sense is left at its default.
export function parse(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const view = {...kDefaults, open: words.getAll('open')};
  for (const name of ['service', 'namespace', 'pod', 'route', 'filter']) view[name] = words.get(name) ?? '';
  for (const name of ['from', 'to']) view[name] = Number(words.get(name)) || 0;
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
