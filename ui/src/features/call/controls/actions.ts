import type { Component } from 'svelte';
import type { ActionId } from '../../app-shell/actions';

/** Something that a person can do during a call: in the bar where there is room, else behind *More*. */
export interface Action {
  /** What pressing it does now; also what tells it from the others. */
  label: string;
  /** The action whose key does the same, as long as this can be done. */
  shortcut?: ActionId;
  icon: Component<{ size?: number | string }>;
  tone?: 'on' | 'lit' | 'off';
  /** A switch: whether it is on. */
  pressed?: boolean;
  /** Opens something: whether it is open. */
  expanded?: boolean;
  /** Opens a dialog. */
  asks?: boolean;
  /** How many wait to be seen. */
  count?: number;
  /** Who comes first when there is not room for all: the smaller. Without one it is always behind *More*. */
  rank?: number;
  /** Has to do with the room, not with the people in it: it stands apart from what one tells them. */
  room?: boolean;
  act: () => void;
}

const PLACE = 56;

/** Which of the actions have a place in a bar with so many free pixels; the rest keeps its order. */
export function seat(
  actions: readonly Action[],
  free: number,
): { shown: readonly Action[]; rest: readonly Action[] } {
  const places = Math.max(0, Math.floor(free / PLACE));
  const chosen = new Set(
    actions
      .filter(({ rank }) => rank !== undefined)
      .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
      .slice(0, places),
  );
  return {
    shown: actions.filter((action) => chosen.has(action)),
    rest: actions.filter((action) => !chosen.has(action)),
  };
}
