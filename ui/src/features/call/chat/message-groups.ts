import type { ChatMessage } from '../../../call/chat.svelte';

/** Consecutive messages of one person. */
export interface MessageGroup {
  key: string;
  from: string | null;
  name: string;
  at: number;
  messages: ChatMessage[];
}

/** After a longer pause the name and the time are shown again. */
const MAX_PAUSE_MS = 5 * 60_000;

export function groupMessages(messages: readonly ChatMessage[]): MessageGroup[] {
  const all: MessageGroup[] = [];
  for (const message of messages) {
    const { id, from, name, at } = message;
    const last = all.at(-1);
    const before = last?.messages.at(-1);
    if (last && before && last.from === from && last.name === name && at - before.at < MAX_PAUSE_MS) {
      last.messages.push(message);
    } else {
      all.push({ key: `${from} ${id}`, from, name, at, messages: [message] });
    }
  }
  return all;
}
