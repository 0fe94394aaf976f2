// What mouse and keys do on a chart: a horizontal drag zooms, a double click resets, and nothing else moves it. A
// touch is left to the browser, which scrolls, and makes of a tap the move of a mouse.

/// A shorter drag is a click.
const kLeastDrag = 10;

/// `timeAt(x)`: in milliseconds, of an x in pixels of `node`. `onZoom(from, to)`: 0 and 0 for a reset. `onStep(by)`:
/// columns to move the cursor by. `onScale(by)`: how much more time to show. `onEscape()`: whether it was of use.
/// `onLeave()`: the focus went.
export function listen(node, {timeAt, onZoom, onStep, onScale, onEscape, onLeave}) {
  node.tabIndex = 0;
  // A screen reader keeps the keys that are pressed on an image for itself.
  node.setAttribute('role', 'application');
  node.setAttribute('aria-roledescription', 'chart');
  node.addEventListener('mousedown', event => {
    if (event.button === 0 && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) drag(node, event, {timeAt, onZoom});
  });
  node.addEventListener('dblclick', () => onZoom(0, 0));
  node.addEventListener('blur', onLeave);
  const keys = {
    ArrowLeft: () => onStep(-1), ArrowRight: () => onStep(1), '+': () => onScale(0.5), '=': () => onScale(0.5),
    '-': () => onScale(2), 0: () => onZoom(0, 0), Escape: onEscape,
  };
  node.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    if (keys[event.key]() === false) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

function drag(node, start, {timeAt, onZoom}) {
  const left = node.getBoundingClientRect().left;
  const begin = timeAt(start.clientX - left);
  const band = document.createElement('div');
  band.className = 'band';
  node.parentNode.append(band);
  const isZoom = event => {
    const across = Math.abs(event.clientX - start.clientX);
    return across >= kLeastDrag && across >= Math.abs(event.clientY - start.clientY) / 2;
  };
  const stop = new AbortController();
  addEventListener('mousemove', event => {
    const [from, to] = [start.clientX, event.clientX].sort((a, b) => a - b).map(x => Math.min(Math.max(x - left, 0), node.clientWidth));
    band.hidden = !isZoom(event);
    band.style.left = `${node.offsetLeft + from}px`;
    band.style.width = `${to - from}px`;
    band.style.top = `${node.offsetTop}px`;
    band.style.height = `${node.clientHeight}px`;
  }, {signal: stop.signal});
  addEventListener('mouseup', event => {
    stop.abort();
    band.remove();
    const [from, to] = [begin, timeAt(event.clientX - left)].sort((a, b) => a - b);
    if (isZoom(event) && from < to) onZoom(from, to);
  }, {signal: stop.signal});
}
