// The history below the table: its head, its downloads, its charts, and what is said where there are none.

import {Charts} from './charts.js';
import {Loader} from './loader.js';
import {subjectOf} from './location.js';
import {whole} from './series.js';

const byId = id => document.getElementById(id);

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export class Detail {
  /// `onZoom(from, to)`: milliseconds of a range that was chosen, 0 and 0 for all.
  constructor(onZoom) {
    this.onZoom = onZoom;
    this.isAwaited = false;  // the reader is to be led here when there is something to see
    this.charts = new Charts(byId('charts'), {
      onZoom,
      onScale: (by, middle) => this.scale(by, middle),
      onCursor: (text, isByKey) => {
        byId('readout').setAttribute('aria-live', isByKey ? 'polite' : 'off');
        byId('readout').textContent = text;
      },
    });
    this.loader = new Loader({
      onSeries: series => this.draw(series),
      onTrouble: words => {
        setText(byId('late'), `The history did not come: ${words}`);
        byId('nothing').hidden = true;
      },
    });
  }

  /// `current`: the services document that the page shows, `latest`: the newest; null before there is one.
  show(view, current, latest) {
    this.view = view;
    this.current = current;
    this.latest = latest;
    const isChosen = subjectOf(view) !== '';
    byId('detail').hidden = !isChosen;
    if (!isChosen) {
      this.loader.forget();
      this.empty('');
      return;
    }
    setText(byId('subject'), subjectOf(view));
    byId('unzoom').hidden = view.from === 0;
    this.charts.isZoomed = view.from > 0;
    const query = this.query();
    byId('csv').href = `api/v1/series?${query}&format=csv`;
    byId('series').href = `api/v1/series?${query}`;
    const subject = JSON.stringify([view.service, view.namespace, view.pod, view.route]);
    const isOther = current && this.loader.want(
      {query, subject, view: JSON.stringify([subject, view.range, view.from, view.to]), to: this.window()[1], now: current.at_unix_ms});
    if (isOther || !current) this.empty('Loading');
  }

  /// Scrolls to here, once there is something to see.
  lead() {
    this.isAwaited = true;
    if (this.charts.series) this.arrive();
  }

  arrive() {
    if (!this.isAwaited) return;
    this.isAwaited = false;
    byId('detail').scrollIntoView({block: 'start'});
  }

  /// The range is the last `view.range` seconds before the newest figures, unless one was chosen.
  window() {
    const end = this.current?.at_unix_ms ?? Date.now();
    return this.view.from > 0 ? [this.view.from, this.view.to] : [end - this.view.range * 1000, end];
  }

  scale(by, middle) {
    const [from, to] = this.window();
    const end = this.current.at_unix_ms;
    const [begin, last] = [middle - (middle - from) * by, Math.min(middle + (to - middle) * by, Math.max(to, end))];
    if (by > 1 && last - begin >= this.view.range * 1000) this.onZoom(0, 0);
    else if (last - begin >= 1000) this.onZoom(begin, last);
  }

  query() {
    const [from, to] = this.window();
    const {service, namespace, pod, route} = this.view;
    const words = new URLSearchParams({service, namespace, from: Math.floor(from), to: Math.ceil(to), heatmap: '1'});
    if (pod) words.set('pod', pod);
    if (route) words.set('route', route);
    return words.toString();
  }

  draw(series) {
    setText(byId('late'), '');
    const drawn = whole(series, this.latest.at_unix_ms);
    if (drawn.times.length > 0) {
      byId('nothing').hidden = true;
      byId('charts').hidden = false;
      this.charts.show(drawn, this.window());
    } else {
      const isSoon = series.times.length > 0;
      this.empty(isSoon ? `The first figures are being gathered: they are shown ${series.step_seconds} s at a time.` : 'No data in this range.');
    }
    this.arrive();
  }

  /// Words in the place of the charts.
  empty(words) {
    setText(byId('nothing'), words);
    byId('nothing').hidden = words === '';
    byId('charts').hidden = true;
    if (words === 'Loading' || words === '') setText(byId('late'), '');
    this.charts.clear();
  }
}
