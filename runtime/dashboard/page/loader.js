// Asks for the series of what is in view: once at a time, anew for each new subject, and not what was refused.

const kLongestMs = 10_000;

export class Loader {
  /// `onSeries(series)`: of the subject that was wanted last. `onTrouble(words)`: why there is none.
  constructor({onSeries, onTrouble}) {
    this.onSeries = onSeries;
    this.onTrouble = onTrouble;
    this.forget();
  }

  /// The series of `query` is to be shown, as it is in `version`. `subject`: what it is of; `view`: the subject and
  /// what of it, the same for all versions. Returns whether the subject is another than before.
  want(wanted) {
    const isOther = this.wanted?.subject !== wanted.subject;
    if (isOther) this.forget();
    this.wanted = wanted;
    const isAnswered = this.answered === nameOf(wanted) || this.refused === wanted.view;
    if (!this.stop && !isAnswered) this.ask(wanted);
    return isOther;
  }

  forget() {
    this.stop?.abort();
    this.stop = null;
    this.wanted = null;
    this.answered = '';
    this.refused = '';
  }

  async ask(wanted) {
    const stop = this.stop = new AbortController();
    const late = AbortSignal.timeout(kLongestMs);
    late.addEventListener('abort', () => stop.abort());
    let series = null;
    let trouble = '';
    try {
      const answer = await fetch(`api/v1/series?${wanted.query}`, {signal: stop.signal});
      if (answer.ok) series = await answer.json();
      else trouble = await answer.text() || `status ${answer.status}`;
      if (answer.status === 400) this.refuse(stop, wanted);
    } catch (error) {
      trouble = late.aborted ? `no answer within ${kLongestMs / 1000} s` : error.message;
    }
    if (this.stop !== stop) return;  // another subject is in view
    this.stop = null;
    if (series) {
      this.answered = nameOf(wanted);
      this.onSeries(series);
    } else {
      this.onTrouble(trouble.trim());
    }
    if (this.wanted && this.wanted.view !== wanted.view) this.want(this.wanted);
  }

  refuse(stop, wanted) {
    if (this.stop === stop) this.refused = wanted.view;
  }
}

function nameOf({query, version}) {
  return `${query} ${version}`;
}
