import type { ChatMessage } from '../../../call/chat.svelte';

/** Consecutive messages of one person. */
export interface Group {
  key: string;
  from: string | null;
  name: string;
  at: number;
  messages: ChatMessage[];
}

/** After a longer pause the name and the time are shown again. */
const PAUSE = 5 * 60_000;

export function groups(messages: readonly ChatMessage[]): Group[] {
  const all: Group[] = [];
  for (const message of messages) {
    const { id, from, name, at } = message;
    const last = all.at(-1);
    const before = last?.messages.at(-1);
    if (last && before && last.from === from && last.name === name && at - before.at < PAUSE) {
      last.messages.push(message);
    } else {
      all.push({ key: `${from} ${id}`, from, name, at, messages: [message] });
    }
  }
  return all;
}
