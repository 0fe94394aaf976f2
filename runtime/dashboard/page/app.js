// The page: the view is in the address, the figures come from the API, and each change of one of
// them leads to show().

import {Charts} from './charts.js';
import {bytes, count, percent, rate, seconds} from './format.js';
import {Live} from './live.js';
import {format, kRanges, parse} from './location.js';
import {Table} from './table.js';

const byId = id => document.getElementById(id);

let view = parse(location.hash);
let current = null;    // the services document that is shown
let latest = null;     // the one that came last: while paused, it waits
let connection = 'connecting';
let drawn = '';        // which series the charts show
let asked = 0;         // requests for a series; only the newest counts

const table = new Table(byId('table'), {
  onSort: (sort, down) => change({sort, down}),
  onFold: key => change({open: view.open.includes(key) ? view.open.filter(each => each !== key) : [...view.open, key]}),
  onChoose: entry => choose(entry),
});
const charts = new Charts(byId('charts'), {
  onZoom: (from, to) => change({from, to}),
  onCursor: text => { byId('readout').textContent = text; },
});

/// `isStep`: a step that the browser's back button undoes.
function change(changes, isStep = false) {
  view = {...view, ...changes};
  const address = `#${format(view)}`;
  if (isStep) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  show();
}

function choose(entry) {
  const service = entry.kind === 'service' ? entry.row : entry.service;
  change({service: service.name, namespace: service.namespace, pod: entry.kind === 'pod' ? entry.row.name : '',
          route: entry.kind === 'route' ? entry.row.name : '', from: 0, to: 0}, true);
  byId('detail').scrollIntoView({block: 'nearest'});
}

function show() {
  byId('range').value = String(view.range);
  if (byId('filter').value !== view.filter) byId('filter').value = view.filter;
  byId('pause').setAttribute('aria-pressed', String(view.paused));
  showConnection();
  if (!view.paused || !current) current = latest;
  if (current) showServices();
  showDetail();
}

function showConnection() {
  const words = {connecting: 'connecting', live: 'live', lost: 'disconnected: these figures are old; trying again'};
  const isPaused = view.paused && connection === 'live';
  byId('connection').dataset.state = isPaused ? 'paused' : connection;
  const text = isPaused ? 'paused' : words[connection];
  if (byId('connection').textContent !== text) byId('connection').textContent = text;
}

function showServices() {
  const {summary, services, trouble} = current;
  byId('trouble').hidden = trouble === '';
  if (byId('trouble').textContent !== trouble) byId('trouble').textContent = trouble;
  const cards = [
    ['Services', count(summary.services)],
    ['Pods', count(summary.pods_live), summary.pods_stale > 0 ? `+ ${summary.pods_stale} stale` : 'live'],
    ['Calls', count(summary.calls)],
    ['Calls/s', rate(summary.calls_per_second)],
    ['Errors', percent(summary.error_rate), count(summary.errors)],
    ['p50', seconds(summary.p50_seconds)],
    ['p99', seconds(summary.p99_seconds)],
    ['In', `${bytes(summary.request_bytes_per_second)}/s`],
    ['Out', `${bytes(summary.response_bytes_per_second)}/s`],
    ['Connections', count(summary.open_connections)],
  ];
  byId('cards').replaceChildren(...cards.map(([name, value, note]) => {
    const card = document.createElement('div');
    const term = Object.assign(document.createElement('dt'), {textContent: name});
    const figure = Object.assign(document.createElement('dd'), {textContent: value});
    if (note) figure.append(' ', Object.assign(document.createElement('small'), {textContent: note}));
    card.append(term, figure);
    return card;
  }));
  const shown = table.show(services, view);
  byId('table').hidden = services.length === 0;
  byId('shown').textContent = view.filter ? `${shown} of ${services.length} services` : '';
  byId('empty').hidden = services.length > 0;
  if (services.length === 0 && !byId('empty').firstChild) {
    const command = document.createElement('code');
    command.textContent = `meshctl run --upstream PORT --dashboard ${location.origin}`;
    byId('empty').append('No service has reported yet. Proxies that are told of this dashboard appear here within seconds:', command);
  }
}

function showDetail() {
  const isChosen = view.service !== '' || view.namespace !== '';
  byId('detail').hidden = !isChosen;
  if (!isChosen) return;
  byId('subject').textContent = [view.namespace && `${view.namespace} / ${view.service}` || view.service, view.pod, view.route].filter(Boolean).join(' › ');
  byId('unzoom').hidden = view.from === 0;
  const query = seriesQuery();
  byId('csv').href = `api/v1/series?${query}&format=csv`;
  byId('series').href = `api/v1/series?${query}`;
  const wanted = `${query} ${current?.id ?? 0}`;
  if (wanted !== drawn && current) fetchSeries(query, wanted);
}

/// The range is the last `view.range` seconds before the newest figures, unless one was dragged.
function window_() {
  const end = current?.at_unix_ms ?? Date.now();
  return view.from > 0 ? [view.from, view.to] : [end - view.range * 1000, end];
}

function seriesQuery() {
  const [from, to] = window_();
  const words = new URLSearchParams({service: view.service, namespace: view.namespace, from: Math.floor(from), to: Math.ceil(to), heatmap: '1'});
  if (view.pod) words.set('pod', view.pod);
  if (view.route) words.set('route', view.route);
  return words.toString();
}

async function fetchSeries(query, wanted) {
  // At most a request at a time; what changes meanwhile is asked for afterwards.
  if (asked > 0) return;
  asked = 1;
  drawn = wanted;
  try {
    const answer = await fetch(`api/v1/series?${query}`);
    if (!answer.ok) throw new Error(await answer.text());
    const series = await answer.json();
    byId('nothing').hidden = series.times.length > 0;
    byId('charts').hidden = series.times.length === 0;
    if (series.times.length > 0) charts.show(series, window_());
  } catch (error) {
    byId('readout').textContent = `The history did not come: ${error.message}`;
  } finally {
    asked = 0;
    if (seriesQuery().replace(/(from|to)=\d+/g, '') !== query.replace(/(from|to)=\d+/g, '')) showDetail();
  }
}

byId('range').addEventListener('change', event => change({range: Number(event.target.value), from: 0, to: 0}));
byId('filter').addEventListener('input', event => change({filter: event.target.value}));
byId('pause').addEventListener('click', () => change({paused: !view.paused}));
byId('unzoom').addEventListener('click', () => change({from: 0, to: 0}));
byId('close').addEventListener('click', leave);
addEventListener('hashchange', () => { view = parse(location.hash); show(); });
addEventListener('popstate', () => { view = parse(location.hash); show(); });

function leave() {
  change({service: '', namespace: '', pod: '', route: '', from: 0, to: 0}, true);
}

addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') {
    if (document.activeElement === byId('filter') && view.filter) change({filter: ''});
    else if (view.from > 0) change({from: 0, to: 0});
    else if (view.service) leave();
    document.activeElement.blur();
    return;
  }
  if (event.target.matches('input, select')) return;
  if (event.key === '/') byId('filter').focus();
  else if (event.key === 'p') change({paused: !view.paused});
  else if (event.key >= '1' && event.key <= String(kRanges.length)) change({range: kRanges[Number(event.key) - 1], from: 0, to: 0});
  else if (event.key === 'ArrowDown' && !event.target.closest('tbody')) document.querySelector('tbody .name')?.focus();
  else return;
  event.preventDefault();
});

new Live('api/v1/events', {
  onServices: document => { latest = document; show(); },
  onState: state => { connection = state; showConnection(); },
});
show();
