import { t } from '../../i18n/i18n.svelte';
import { named } from '../../i18n/names';

interface Person {
  readonly id: string;
  readonly name: string;
}

/** Compares who is there with who was there before: a sentence for everyone who came in, left, or came to the door. */
export function comings(): (inside: readonly Person[], door: readonly Person[]) => string[] {
  let insideBefore: Map<string, string> | null = null;
  let doorBefore = new Set<string>();
  return (inside, door) => {
    const now = new Map(inside.map(({ id, name }) => [id, named(name)]));
    const said: string[] = [];
    if (insideBefore) {
      for (const [id, name] of now) if (!insideBefore.has(id)) said.push(t('call.came_in', { name }));
      for (const [id, name] of insideBefore) if (!now.has(id)) said.push(t('call.left', { name }));
    }
    for (const { id, name } of door) {
      if (!doorBefore.has(id)) said.push(t('call.at_the_door_1', { name: named(name) }));
    }
    insideBefore = now;
    doorBefore = new Set(door.map(({ id }) => id));
    return said.length > 1 ? [said.join(' ')] : said;
  };
}
