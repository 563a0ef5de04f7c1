/** A person in the room or at the door. */
export interface SeenPerson {
  readonly id: string;
  readonly name: string;
  readonly isInside: boolean;
  /** The link to the person is down for the moment. */
  readonly isLost: boolean;
}

export interface PresenceChange {
  readonly kind: 'door' | 'entered' | 'left' | 'lost' | 'back';
  readonly name: string;
}

/** Compares the people who are seen with those who were seen before. */
export class PresenceDiff {
  #before: ReadonlyMap<string, SeenPerson> | null = null;
  #session = '';

  /** `before`: the people who are known already. Without them the first update changes nothing. */
  constructor(before?: readonly SeenPerson[]) {
    if (before) this.#before = byId(before);
  }

  /** Another session has nothing to compare with. */
  update(people: readonly SeenPerson[], session = this.#session): PresenceChange[] {
    const before = session === this.#session ? this.#before : null;
    const now = byId(people);
    this.#before = now;
    this.#session = session;
    if (!before) return [];
    const changes: PresenceChange[] = [];
    for (const { id, name, isInside, isLost } of people) {
      const known = before.get(id);
      if (isInside && !known?.isInside) changes.push({ kind: 'entered', name });
      else if (!isInside && !known) changes.push({ kind: 'door', name });
      else if (isInside && known && isLost !== known.isLost) {
        changes.push({ kind: isLost ? 'lost' : 'back', name });
      }
    }
    for (const { id, name, isInside } of before.values()) {
      if (isInside && !now.has(id)) changes.push({ kind: 'left', name });
    }
    return changes;
  }
}

const byId = (people: readonly SeenPerson[]): ReadonlyMap<string, SeenPerson> =>
  new Map(people.map((person) => [person.id, person]));
