/** Where an element stands within `root`, whatever moves it just now: the page's layout without animations. */
export function placeWithin(element: HTMLElement, root: HTMLElement): DOMRect {
  let [x, y] = [0, 0];
  let at: HTMLElement = element;
  while (at !== root) {
    x += at.offsetLeft;
    y += at.offsetTop;
    if (!(at.offsetParent instanceof HTMLElement) || !root.contains(at.offsetParent)) break;
    at = at.offsetParent;
    if (at !== root) {
      x += at.clientLeft;
      y += at.clientTop;
    }
  }
  return new DOMRect(x, y, element.offsetWidth, element.offsetHeight);
}
