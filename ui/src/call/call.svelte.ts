import type { Backend } from '../backend/backend';
import type { AppError, PeerView, RoomView, SignalEvent } from '../backend/bindings';
import { LocalMedia } from './media.svelte';
import { Participant } from './participant.svelte';
import type { Problem } from './problem';

/** The call in a room, as long as this page runs it: from the lobby to the click on *Leave*. */
export class Call {
  readonly media = new LocalMedia();
  /** The other people, in the order in which they came. */
  participants = $state.raw<Participant[]>([]);
  /** Who is in the lobby. */
  atTheDoor = $state.raw<PeerView[]>([]);
  problems = $state.raw<Problem[]>([]);
  #backend: Backend;
  #failed: (error: AppError) => void;

  constructor(backend: Backend, failed: (error: AppError) => void) {
    this.#backend = backend;
    this.#failed = failed;
  }

  async enter(name: string): Promise<boolean> {
    try {
      await this.#backend.enter(name);
      return true;
    } catch (error) {
      this.#failed(error as AppError);
      return false;
    }
  }

  dismissProblem(id: number): void {
    this.problems = this.problems.filter((problem) => problem.id !== id);
  }

  /** The room has changed. */
  update(room: RoomView): void {
    this.participants = room.peers
      .filter((peer) => peer.entered)
      .map((peer) => this.participants.find(({ id }) => id === peer.id) ?? new Participant(peer));
    this.atTheDoor = room.peers.filter((peer) => !peer.entered);
  }

  /** A peer says something. */
  hear(event: SignalEvent): void {
    void event;
  }

  /** Ends everything that the call has started. */
  close(): void {
    this.participants = [];
  }
}
