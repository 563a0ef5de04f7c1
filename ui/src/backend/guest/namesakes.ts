import type { Member } from './core';

/** A peer keeps its number while it keeps its name, whoever leaves. */
interface Numbered {
  id: string;
  name: string;
  /** From 1, which is not shown. */
  number: number;
}

const shownName = ({ name, number }: Numbered): string => (number === 1 ? name : `${name} (${number})`);

/**
 * Tells people apart whose names look the same, as the app does: the second *Mei* is *Mei (2)*, and the second person
 * without a name ` (2)`. Our own name counts.
 */
export class Namesakes {
  #numbered: Numbered[] = [];
  #nameLooks: (name: string) => string[];

  constructor(nameLooks: (name: string) => string[]) {
    this.#nameLooks = nameLooks;
  }

  /** Numbers the peers, who are in the order in which they came. Returns them as they are shown. */
  update(ownName: string, peers: readonly Member[]): Member[] {
    const taken = new Set<string>();
    const take = (name: string): boolean => {
      const looks = this.#nameLooks(name);
      if (looks.some((look) => taken.has(look))) return false;
      for (const look of looks) taken.add(look);
      return true;
    };
    // Without a name nobody claims to be somebody.
    if (ownName) take(ownName);
    const kept = this.#numbered.filter(({ id, name }) =>
      peers.some((peer) => peer.id === id && peer.name === name),
    );
    // A number gives way only to our own new name.
    this.#numbered = kept.filter((one) => take(shownName(one)));
    for (const { id, name } of peers) {
      if (this.#numbered.some((one) => one.id === id)) continue;
      const one = { id, name, number: 1 };
      while (!take(shownName(one))) one.number += 1;
      this.#numbered.push(one);
    }
    return peers.map((peer) => {
      const known = this.#numbered.find(({ id }) => id === peer.id);
      return known ? { ...peer, name: shownName(known) } : peer;
    });
  }
}
