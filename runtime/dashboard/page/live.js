// The stream of /api/v1/events: what came last, and whether more comes.

/// An event comes each second; after this long without one the figures are not live.
const kSilenceMs = 5000;
/// After this long without one the stream is given up: what is between us and the dashboard may have forgotten it.
const kLongestSilenceMs = 30_000;
const kFirstWaitMs = 2000;
const kLongestWaitMs = 30_000;

export class Live {
  /// `onServices(document)`: the services as they are. `onState(state)`: connecting (for the first time), live, lost
  /// (until data comes), or back (the page was hidden, and no data came since).
  constructor(url, {onServices, onState}) {
    this.url = url;
    this.onServices = onServices;
    this.onState = onState;
    this.source = null;
    this.wait = kFirstWaitMs;
    onState('connecting');
    // A browser opens six connections to a host: a page that nobody sees does without one.
    document.addEventListener('visibilitychange', () => this.follow());
    addEventListener('pageshow', () => this.follow());
    addEventListener('pagehide', () => this.rest());
    this.follow();
  }

  follow() {
    if (document.visibilityState === 'hidden') this.rest();
    else if (!this.source) this.open();
  }

  rest() {
    if (this.state === 'live') this.say('back');
    this.wait = kFirstWaitMs;
    this.close();
  }

  open() {
    this.close();
    this.source = new EventSource(this.url);
    this.source.addEventListener('services', event => {
      this.wait = kFirstWaitMs;
      this.say('live');
      this.listen();
      this.onServices(JSON.parse(event.data));
    });
    this.source.addEventListener('error', () => this.retry());
    this.listen();
  }

  close() {
    for (const timer of [this.again, this.silence, this.longSilence]) clearTimeout(timer);
    this.source?.close();
    this.source = null;
  }

  listen() {
    clearTimeout(this.silence);
    clearTimeout(this.longSilence);
    this.silence = setTimeout(() => this.say('lost'), kSilenceMs);
    this.longSilence = setTimeout(() => this.retry(), kLongestSilenceMs);
  }

  retry() {
    this.close();
    this.say('lost');
    this.again = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(2 * this.wait, kLongestWaitMs);
  }

  say(state) {
    this.state = state;
    this.onState(state);
  }
}
