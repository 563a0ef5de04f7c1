/** Somebody in the room or before it, as far as it is heard. */
export interface Seen {
  readonly id: string;
  readonly name: string;
  readonly inside: boolean;
  /** Not to be reached for the moment. */
  readonly lost: boolean;
}

export interface Happening {
  readonly what: 'door' | 'entered' | 'left' | 'lost' | 'back';
  readonly name: string;
}

/** Compares who is seen with who was seen before: what has happened meanwhile. Another session has no before. */
export function happenings(): (me: string, seen: readonly Seen[]) => Happening[] {
  let session: string | null = null;
  let before = new Map<string, Seen>();
  return (me, seen) => {
    const now = new Map(seen.map((one) => [one.id, one]));
    const found: Happening[] = [];
    if (session === me) {
      for (const { id, name, inside, lost } of seen) {
        const was = before.get(id);
        if (inside && !was?.inside) found.push({ what: 'entered', name });
        else if (!inside && !was) found.push({ what: 'door', name });
        else if (inside && was && lost !== was.lost) found.push({ what: lost ? 'lost' : 'back', name });
      }
      for (const { id, name, inside } of before.values()) {
        if (inside && !now.has(id)) found.push({ what: 'left', name });
      }
    }
    session = me;
    before = now;
    return found;
  };
}
