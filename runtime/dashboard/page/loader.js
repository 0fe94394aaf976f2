// Asks for the series of what is in view: once at a time, anew for each new subject, with each step that is over or
// after ten seconds; less and less often what does not come, and not what was refused.

import {stepsUntil} from './series.js';

const kLongestMs = 10_000;
/// What a step that is over counted may come later by so much: a Prometheus scrapes when it does.
const kAgainMs = 10_000;
const kFirstWaitMs = 1000;
const kLongestWaitMs = 30_000;

export class Loader {
  /// `onSeries(series)`: of the subject that was wanted last. `onTrouble(words)`: why there is none.
  constructor({onSeries, onTrouble}) {
    this.onSeries = onSeries;
    this.onTrouble = onTrouble;
    this.forget();
  }

  /// The series of `query` is to be shown, which ends at `to`, as it is at `now`, in milliseconds. `subject`: what it is
  /// of; `view`: the subject and what of it, the same as time goes on. Returns whether the subject is another than before.
  want(wanted) {
    const isOther = this.wanted?.subject !== wanted.subject;
    if (isOther) this.forget();
    else if (this.wanted.view !== wanted.view) this.drop();
    this.wanted = wanted;
    if (!this.stop && !this.isAnswered(wanted) && !this.isPutOff(wanted)) this.ask(wanted);
    return isOther;
  }

  /// Whether it would be the same again. Where nothing was, the first figures are waited for.
  isAnswered({view, to, now}) {
    const {answered} = this;
    if (answered?.view !== view) return false;
    const {series} = answered;
    if (to + series.step_seconds * 1000 + kAgainMs < answered.now) return true;  // nothing of it is to come
    return series.times.length > 0 && now - answered.now < kAgainMs && stepsUntil(series, now) === stepsUntil(series, answered.now);
  }

  /// What it is asked for meanwhile adds to what the dashboard cannot do.
  isPutOff({view}) {
    return this.failed?.view === view && performance.now() < this.failed.until;
  }

  putOff({view}) {
    const wait = this.failed?.view === view ? Math.min(2 * this.failed.wait, kLongestWaitMs) : kFirstWaitMs;
    // Pages that failed together are not to come back together.
    this.failed = {view, wait, until: performance.now() + wait * (0.5 + Math.random())};
  }

  /// No answer comes any more.
  drop() {
    this.stop?.abort();
    this.stop = null;
  }

  forget() {
    this.drop();
    this.wanted = null;
    this.answered = null;
    this.failed = null;
  }

  async ask(wanted) {
    const stop = this.stop = new AbortController();
    const late = AbortSignal.timeout(kLongestMs);
    late.addEventListener('abort', () => stop.abort());
    let series = null;
    let trouble = '';
    let isRefused = false;
    try {
      const answer = await fetch(`api/v1/series?${wanted.query}`, {signal: stop.signal});
      if (answer.ok) series = await answer.json();
      else trouble = await answer.text() || `status ${answer.status}`;
      isRefused = answer.status === 400;
    } catch (error) {
      trouble = late.aborted ? `no answer within ${kLongestMs / 1000} s` : error.message;
    }
    if (this.stop !== stop) return;  // something else is in view
    this.stop = null;
    if (series) {
      this.answered = {...wanted, series};
      this.failed = null;
      this.onSeries(series);
    } else {
      this.putOff(wanted);
      if (isRefused) this.failed.until = Infinity;
      this.onTrouble(trouble.trim());
    }
  }
}
