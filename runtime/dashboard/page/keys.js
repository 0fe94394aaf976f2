// The keys that work everywhere on the page.

/// `view()`: as it is; `ranges()`: those that can be chosen; `change(changes)`: of the view; `leave()`: closes the
/// history. `filter`: the field of it; `services`: what it and the table are in.
export function listenForKeys({view, ranges, change, leave, filter, services}) {
  const escape = () => {
    if (document.activeElement === filter && view().filter) change({filter: ''});
    else if (view().from > 0) change({from: 0, to: 0});
    else if (view().service) leave();
    document.activeElement.blur();
  };
  addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const {key, target} = event;
    if (key === 'Escape') return escape();
    // Elsewhere the page scrolls, and the rows have keys of their own.
    if (key === 'ArrowDown' && services.contains(target) && !target.closest('tbody')) services.querySelector('tbody .name')?.focus();
    else if (target.matches('input, select')) return;
    else if (key === '/') filter.focus();
    else if (key === 'p') change({paused: !view().paused});
    else if (key >= '1' && key <= String(ranges().length)) change({range: ranges()[Number(key) - 1], from: 0, to: 0});
    else return;
    event.preventDefault();
  });
}
