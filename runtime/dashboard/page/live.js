// The stream of /api/v1/events: what came last, and whether more comes.

/// An event comes each second; after this long without one the figures are not live.
const kSilenceMs = 5000;

export class Live {
  /// `onServices(document)`: the services as they are; `onState(state)`: connecting, live or lost.
  constructor(url, {onServices, onState}) {
    this.url = url;
    this.onServices = onServices;
    this.onState = onState;
    this.open();
  }

  open() {
    this.onState('connecting');
    this.source = new EventSource(this.url);  // it comes back by itself, with Last-Event-ID
    this.source.addEventListener('services', event => {
      this.heard();
      this.onServices(JSON.parse(event.data));
    });
    this.source.addEventListener('error', () => {
      this.onState('lost');
      // A browser gives up after an answer that is no event stream: a dashboard that restarts, or is full.
      if (this.source.readyState === EventSource.CLOSED) setTimeout(() => this.open(), 2000);
    });
  }

  heard() {
    this.onState('live');
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.onState('lost'), kSilenceMs);
  }
}
