// The page: the view is in the address, the figures come from the API, and each change of one of
// them leads to show().

import {Cards, firstCommand} from './cards.js';
import {Detail} from './detail.js';
import {listenForKeys} from './keys.js';
import {Live} from './live.js';
import {format, isView, parse, rangesOf, subjectOf} from './location.js';
import {Table} from './table.js';

const kStates = {
  connecting: 'connecting',
  live: 'live',
  lost: 'disconnected: these figures are old; trying again',
  back: 'these figures are old; asking for new ones',
  broken: 'this page failed; reload it',
};

const byId = id => document.getElementById(id);

let view = parse(location.hash);
let current = null;    // the services document that is shown
let latest = null;     // the one that came last: while paused, it waits
let connection = 'connecting';

const cards = new Cards(byId('cards'));
const table = new Table(byId('table'), {
  onSort: (sort, down) => change({sort, down}),
  onFold: key => change({open: view.open.includes(key) ? view.open.filter(each => each !== key) : [...view.open, key]}),
  onChoose: entry => choose(entry),
});
const detail = new Detail((from, to) => change({from, to}));

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
          route: entry.kind === 'route' ? entry.row.name : ''}, true);
  detail.lead();
}

function leave() {
  change({service: '', namespace: '', pod: '', route: '', from: 0, to: 0}, true);
}

function show() {
  if (byId('filter').value !== view.filter) byId('filter').value = view.filter;
  byId('pause').setAttribute('aria-pressed', String(view.paused));
  showConnection();
  if (!view.paused || !current) current = latest;
  showRanges();
  if (current) showServices();
  detail.show(view, current, latest);
}

/// Those that can be chosen; the usual ones before the dashboard has told how much it keeps.
function ranges() {
  return rangesOf(current?.retention_seconds ?? 86400);
}

function showRanges() {
  const offered = ranges();
  if (current && view.range > offered.at(-1)) view = {...view, range: offered.at(-1)};
  for (const option of byId('range').options) option.hidden = option.disabled = !offered.includes(Number(option.value));
  byId('range').value = String(view.range);
}

function showConnection() {
  const isPaused = view.paused && connection === 'live';
  byId('connection').dataset.state = isPaused ? 'paused' : connection;
  const text = isPaused ? 'paused' : kStates[connection];
  if (byId('connection').textContent !== text) byId('connection').textContent = text;
  document.title = [{lost: 'disconnected', broken: 'failed'}[connection] ?? '', isPaused ? 'paused' : '', subjectOf(view), 'meshctl'].filter(Boolean).join(' · ');
}

function showServices() {
  const {summary, services, trouble} = current;
  byId('trouble').hidden = trouble === '';
  if (byId('trouble').textContent !== trouble) byId('trouble').textContent = trouble;
  cards.show(summary);
  const shown = table.show(services, view);
  byId('table').hidden = services.length === 0;
  byId('shown').textContent = view.filter ? `${shown} of ${services.length} services` : '';
  byId('empty').hidden = services.length > 0;
  if (services.length === 0 && !byId('empty').firstChild) {
    const command = document.createElement('code');
    command.textContent = firstCommand(location);
    byId('empty').append('No service has reported yet. Proxies that are told of this dashboard appear here within seconds:', command);
  }
}

/// What is on the page may be of different times, and stay so.
function fail() {
  connection = 'broken';
  showConnection();
}

/// The address is another, by a link or by the browser's way back.
function follow() {
  if (!isView(location.hash)) return;
  view = parse(location.hash);
  show();
}

// Others, as of an observer that was put off, come without an error.
addEventListener('error', event => { if (event.error) fail(); });
addEventListener('unhandledrejection', fail);
byId('range').addEventListener('change', event => change({range: Number(event.target.value), from: 0, to: 0}));
byId('filter').addEventListener('input', event => change({filter: event.target.value}));
byId('pause').addEventListener('click', () => change({paused: !view.paused}));
byId('unzoom').addEventListener('click', () => change({from: 0, to: 0}));
byId('close').addEventListener('click', leave);
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();  // the address holds the view
  byId('services').focus();
});
addEventListener('hashchange', follow);
addEventListener('popstate', follow);
listenForKeys({view: () => view, ranges, change, leave, filter: byId('filter'), services: byId('services'), isOn: byId('keys')});

new Live('api/v1/events', {
  onServices: document => { latest = document; show(); },
  onState: state => {
    if (connection !== 'broken') connection = state;
    showConnection();
  },
});
show();
