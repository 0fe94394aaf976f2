// The table of services, their pods and routes. Rows are kept and updated, so that focus, selection
// and a screen reader's place survive each update.

import {age, bytes, count, percent, rate, seconds} from './format.js';

const kColumns = [
  {key: 'name', label: 'Service', title: 'its pods and routes are below it when it is opened', sort: row => row.name},
  {key: 'state', label: 'State', title: 'live, stale for five minutes without a push, then gone', sort: row => row.last_seen_seconds ?? -1, fill: fillState},
  {key: 'minute', label: 'Last minute', title: 'calls in 2 s, over the last minute', fill: fillSparkline},
  {key: 'calls', label: 'Calls', title: 'calls in all', sort: row => row.totals.calls, text: row => count(row.totals.calls)},
  {key: 'rps', label: 'Calls/s', title: 'calls a second, of the last minute', sort: row => row.minute.calls_per_second, text: row => rate(row.minute.calls_per_second)},
  {key: 'errors', label: 'Errors', title: 'share of calls that failed, of the last minute', sort: row => row.minute.error_rate ?? -1, fill: fillErrors},
  {key: 'p50', label: 'p50', title: 'half of the calls of the last minute took no longer', sort: row => row.minute.p50_seconds ?? -1, text: row => seconds(row.minute.p50_seconds)},
  {key: 'p90', label: 'p90', title: '9 of 10 calls of the last minute took no longer', sort: row => row.minute.p90_seconds ?? -1, text: row => seconds(row.minute.p90_seconds)},
  {key: 'p99', label: 'p99', title: '99 of 100 calls of the last minute took no longer', sort: row => row.minute.p99_seconds ?? -1, text: row => seconds(row.minute.p99_seconds)},
  {key: 'in', label: 'In', title: 'bytes of request bodies in all', sort: row => row.totals.request_body_bytes, text: row => bytes(row.totals.request_body_bytes)},
  {key: 'out', label: 'Out', title: 'bytes of response bodies in all', sort: row => row.totals.response_body_bytes, text: row => bytes(row.totals.response_body_bytes)},
  {key: 'open', label: 'Open', title: 'open connections', sort: row => row.open_connections ?? -1, text: row => count(row.open_connections)},
  {key: 'cpu', label: 'CPU', title: 'CPU of the pods\' nodes, not of the pods', sort: row => row.cpu ?? -1, text: row => percent(row.cpu)},
  {key: 'memory', label: 'Memory', title: 'memory of the pods\' nodes, not of the pods', sort: row => row.memory_bytes ?? -1, text: row => bytes(row.memory_bytes)},
];
/// A point of a sparkline is the calls of so long.
const kSlotSeconds = 2;
/// Of these, more comes first on the first click.
const kAscending = new Set(['name', 'state']);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function fillState(cell, row) {
  if (!row.state) return setText(cell, '');
  const state = cell.firstChild ?? cell.appendChild(document.createElement('span'));
  state.className = `state ${row.state}`;
  setText(state, row.state === 'live' ? 'live' : `${row.state}, ${age(row.last_seen_seconds)}`);
}

function fillErrors(cell, row) {
  setText(cell, percent(row.minute.error_rate));
  cell.classList.toggle('failing', row.minute.error_rate > 0.01);
  cell.title = `${row.totals.errors} errors in all, ${row.totals.client_aborts} calls that the client left`;
}

function fillSparkline(cell, row) {
  const points = row.sparkline ?? [];
  const most = Math.max(1, ...points);
  if (!cell.firstChild) {
    const kSvg = 'http://www.w3.org/2000/svg';
    const svg = cell.appendChild(document.createElementNS(kSvg, 'svg'));
    svg.setAttribute('class', 'spark');
    svg.setAttribute('viewBox', '0 0 90 18');
    svg.setAttribute('role', 'img');
    svg.appendChild(document.createElementNS(kSvg, 'path'));
  }
  const step = 90 / Math.max(1, points.length - 1);
  const at = points.map((value, i) => `${(i * step).toFixed(1)} ${(17 - 16 * value / most).toFixed(1)}`);
  cell.firstChild.firstChild.setAttribute('d', at.length > 1 ? `M${at.join('L')}` : '');
  cell.firstChild.setAttribute('aria-label', points.length > 0 ? `calls a second, last ${rate(points.at(-1) / kSlotSeconds)}, most ${rate(most / kSlotSeconds)}` : 'no calls');
}

/// The rows to show of `services`, in order: {key, depth, row, kind, place, folds}.
export function rowsOf(services, view) {
  const words = view.filter.toLowerCase().split(/\s+/).filter(word => word !== '');
  const fits = (...names) => words.every(word => names.some(name => name.toLowerCase().includes(word)));
  const column = kColumns.find(each => each.key === view.sort && each.sort) ?? kColumns.find(each => each.key === 'calls');
  const order = (a, b) => {
    const [x, y] = [column.sort(a), column.sort(b)];
    const least = typeof x === 'string' ? x.localeCompare(y) : x - y;
    return (view.down ? -least : least) || a.name.localeCompare(b.name);
  };
  const shown = [];
  for (const service of [...services].sort(order)) {
    const names = [service.namespace, service.name];
    const pods = service.pods.filter(pod => fits(...names, pod.name));
    const routes = service.routes.filter(route => fits(...names, route.name));
    const itself = fits(...names);
    if (!itself && pods.length === 0 && routes.length === 0) continue;
    const isOpen = view.open.includes(service.key) || (words.length > 0 && !itself);
    shown.push({key: service.key, depth: 0, kind: 'service', row: service, isOpen});
    if (!isOpen) continue;
    for (const [kind, title, rows] of [['pod', 'Pods', pods], ['route', 'Routes', routes]]) {
      if (rows.length === 0) continue;
      shown.push({key: `${service.key} ${kind}s`, title});
      for (const row of rows.sort(order)) shown.push({key: row.key, depth: 1, kind, row, service});
    }
  }
  return shown;
}

export class Table {
  /// `actions`: onSort(key, down), onFold(key), onChoose(entry).
  constructor(place, actions) {
    this.actions = actions;
    this.rows = new Map();
    this.body = element('tbody');
    this.heads = new Map();
    const head = element('tr');
    for (const column of kColumns) {
      const cell = element('th', {scope: 'col', title: column.title});
      if (column.sort) {
        const button = element('button', {type: 'button', textContent: column.label});
        button.addEventListener('click', () => this.sortBy(column.key));
        cell.append(button);
      } else {
        cell.textContent = column.label;
      }
      this.heads.set(column.key, cell);
      head.append(cell);
    }
    const caption = element('caption', {textContent: 'Services, their pods and routes. Rates, errors and quantiles are of the last minute.'});
    place.append(element('table', {}, caption, element('thead', {}, head), this.body));
    this.body.addEventListener('keydown', event => this.onKey(event));
  }

  sortBy(key) {
    const isSame = this.view.sort === key;
    this.actions.onSort(key, isSame ? !this.view.down : !kAscending.has(key));
  }

  /// Returns how many services are shown.
  show(services, view) {
    this.view = view;
    for (const [key, cell] of this.heads) {
      if (key === view.sort) cell.setAttribute('aria-sort', view.down ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    }
    this.showsNamespaces = new Set(services.map(service => service.namespace)).size > 1;
    const entries = rowsOf(services, view);
    const kept = new Map();
    let before = null;
    for (const entry of entries) {
      const node = this.rows.get(entry.key) ?? this.make(entry);
      node.entry = entry;
      kept.set(entry.key, node);
      if (entry.row) this.fill(node, entry, view);
      const expected = before ? before.nextSibling : this.body.firstChild;
      if (expected !== node) this.body.insertBefore(node, expected);
      before = node;
    }
    for (const [key, node] of this.rows) if (!kept.has(key)) node.remove();
    this.rows = kept;
    return entries.filter(entry => entry.depth === 0).length;
  }

  make(entry) {
    const node = element('tr');
    if (!entry.row) {
      node.className = 'group';
      node.append(element('td', {colSpan: kColumns.length, textContent: entry.title}));
      return node;
    }
    node.dataset.depth = entry.depth;
    node.dataset.kind = entry.kind;
    for (const column of kColumns) node.append(element(column.key === 'name' ? 'th' : 'td'));
    const name = node.firstChild;
    name.scope = 'row';
    if (entry.depth === 0) {
      const fold = element('button', {type: 'button', className: 'fold'});
      fold.addEventListener('click', () => this.actions.onFold(node.entry.key));
      name.append(fold);
    }
    const choose = element('button', {type: 'button', className: 'name'});
    choose.addEventListener('click', () => this.actions.onChoose(node.entry));
    name.append(choose, ' ', element('small'));
    return node;
  }

  fill(node, entry, view) {
    const {row} = entry;
    const isChosen = isChosenIn(view, entry);
    node.classList.toggle('chosen', isChosen);
    const choose = node.firstChild.querySelector('.name');
    setText(choose, row.name);
    setText(node.firstChild.lastChild, entry.depth === 0 && this.showsNamespaces ? row.namespace : '');
    choose.title = row.name;
    node.firstChild.lastChild.title = node.firstChild.lastChild.textContent;
    if (isChosen) choose.setAttribute('aria-current', 'true');
    else choose.removeAttribute('aria-current');
    if (entry.depth === 0) {
      const fold = node.firstChild.firstChild;
      setText(fold, entry.isOpen ? '▾' : '▸');
      fold.setAttribute('aria-expanded', String(entry.isOpen));
      fold.setAttribute('aria-label', `pods and routes of ${row.name}`);
    }
    kColumns.forEach((column, i) => {
      if (column.key === 'name') return;
      const cell = node.children[i];
      if (column.fill) column.fill(cell, row);
      else setText(cell, column.text(row));
    });
  }

  onKey(event) {
    const node = event.target.closest('tr');
    const move = {ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling'}[event.key];
    if (move) {
      let next = node[move];
      while (next && !next.entry?.row) next = next[move];
      next?.querySelector('.name').focus();
    } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const {entry} = node;
      const wantsOpen = event.key === 'ArrowRight';
      if (entry.depth !== 0 || entry.isOpen === wantsOpen) return;
      this.actions.onFold(entry.key);
    } else {
      return;
    }
    event.preventDefault();
  }
}

export function isChosenIn(view, entry) {
  const service = entry.kind === 'service' ? entry.row : entry.service;
  if (view.service !== service.name || view.namespace !== service.namespace) return false;
  return view.pod === (entry.kind === 'pod' ? entry.row.name : '') &&
    view.route === (entry.kind === 'route' ? entry.row.name : '');
}
