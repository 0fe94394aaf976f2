// The sums above the table.

import {bytes, count, percent, rate, seconds} from './format.js';

/// [name, value, note], of the summary of a services document.
const kCards = [
  ['Services', each => count(each.services)],
  ['Pods', each => count(each.pods_live), each => each.pods_stale > 0 ? `+ ${each.pods_stale} stale` : 'live'],
  ['Calls', each => count(each.calls)],
  ['Calls/s', each => rate(each.calls_per_second)],
  ['Errors', each => percent(each.error_rate), each => `${count(each.errors)} in all`],
  ['p50', each => seconds(each.p50_seconds)],
  ['p99', each => seconds(each.p99_seconds)],
  ['In', each => `${bytes(each.request_bytes_per_second)}/s`],
  ['Out', each => `${bytes(each.response_bytes_per_second)}/s`],
  ['Connections', each => count(each.open_connections)],
];

/// The same nodes are kept, so that what a reader has selected stays so.
export class Cards {
  constructor(place) {
    this.cards = kCards.map(([name, value, note]) => {
      const card = document.createElement('div');
      const [term, figure, text, small] = ['dt', 'dd', 'span', 'small'].map(tag => document.createElement(tag));
      term.textContent = name;
      figure.append(text);
      if (note) figure.append(' ', small);
      card.append(term, figure);
      place.append(card);
      return [[text, value], [small, note ?? (() => '')]];
    });
  }

  show(summary) {
    for (const [node, value] of this.cards.flat()) {
      const text = value(summary);
      if (node.textContent === text) continue;
      if (node.firstChild) node.firstChild.data = text;
      else node.textContent = text;
    }
  }
}

/// How to get a first proxy to report, for a page of this `location`. Proxies push over http alone.
export function firstCommand({protocol, origin}) {
  return protocol === 'https:' ? 'meshctl inject --dashboard http://meshctl-dashboard:8080 pod.yml'
    : `meshctl run --upstream PORT --dashboard ${origin}`;
}
