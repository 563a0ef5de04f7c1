/**
 * Tells whether a control got the focus by the pointer or by the keyboard. `:focus-visible` cannot tell: browsers set it
 * on a clicked button as soon as any key is pressed.
 */
const NAVIGATION = /^(?:Tab|Arrow\w+|Home|End|Page\w+)$/;

type Input = 'pointer' | 'navigation' | 'other';

let last: Input = 'other';
/** Controls that were clicked, or focused by the page in reaction to a click. They stay so until Tab leads to them. */
const pointed = new WeakSet<Element>();

/** Whether the control has the focus because of a click. */
export const isFocusedByPointer = (control: Element): boolean => pointed.has(control);

/** `control`: a selector of what the focus is told of. */
export function watchFocus(page: Document, control: string, signal: AbortSignal): void {
  const of = (event: Event) => closest(event.target, control);
  const listen = { capture: true, signal };
  page.addEventListener(
    'pointerdown',
    (event) => {
      last = 'pointer';
      const target = of(event);
      if (target) pointed.add(target);
    },
    listen,
  );
  page.addEventListener(
    'keydown',
    ({ key }) => void (last = NAVIGATION.test(key) ? 'navigation' : 'other'),
    listen,
  );
  page.addEventListener(
    'focusin',
    (event) => {
      const target = of(event);
      if (!target || last === 'other') return;
      if (last === 'navigation') pointed.delete(target);
      // A form may offer its main button from the start. Nobody has clicked that one.
      else if (!target.matches('[type=submit]')) pointed.add(target);
    },
    listen,
  );
}

/** Also for an element of another window, which is no `Element` of this one. */
export const closest = (target: EventTarget | null, selector: string): Element | null =>
  target !== null && 'closest' in target ? (target as Element).closest(selector) : null;
