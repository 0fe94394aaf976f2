// The keys that work everywhere on the page.

const kStored = 'meshctl-keys';

/// A browser that stores nothing throws.
function tried(work) {
  try {
    return work();
  } catch {
    return null;
  }
}

/// `view()`: as it is; `ranges()`: those that can be chosen; `change(changes)`: of the view; `leave()`: closes the
/// history. `filter`: the field of it; `services`: what it and the table are in; `isOn`: the box that turns the keys of one
/// character on and off (WCAG 2.1, 2.1.4: who speaks to a browser types them by chance), which this browser remembers.
export function listenForKeys({view, ranges, change, leave, filter, services, isOn}) {
  isOn.checked = tried(() => localStorage.getItem(kStored)) !== 'off';
  isOn.addEventListener('change', () => tried(() => localStorage.setItem(kStored, isOn.checked ? 'on' : 'off')));
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
    else if (!isOn.checked || target.matches('input, select')) return;
    else if (key === '/') filter.focus();
    else if (key === 'p') change({paused: !view().paused});
    else if (key >= '1' && key <= String(ranges().length)) change({range: ranges()[Number(key) - 1], from: 0, to: 0});
    else return;
    event.preventDefault();
  });
}
