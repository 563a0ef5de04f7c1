import type { AppView, RoomView } from '../backend/generated';
import { carrierOf } from '../doctor/carrier';
import type { Carrier, DeviceFact, Facts, PathFact, PersonFact } from '../doctor/facts';
import type { Call } from './call.svelte';
import type { Participant } from './participant.svelte';
import { isFoundByRelays } from './room-facts';

/** The facts that this page has: those of the app's check, and those of the call if the page runs it. */
export function connectionFacts(view: AppView, call: Call | null): Facts {
  const { check, engine } = view;
  // The app has no connection to the room while the page of the call is closed.
  const room = engine.kind === 'browser' && engine.page === 'closed' ? null : view.room;
  return {
    running: check?.running ?? false,
    network: check?.facts ?? null,
    devices: call && deviceFacts(call),
    router: view.reach.port_mapping,
    room: room && {
      hosting: room.hosting,
      host: isFoundByRelays(room) && (room.host === 'left' || room.host === 'lost') ? 'relays' : room.host,
      connection: room.connection,
      failed: room.phase.kind === 'failed' ? room.phase.code : null,
      relays: room.relays,
    },
    relayOnly: view.room?.relay_only ?? view.settings.relay_only,
    people: (call?.participants ?? []).map((person) => personFact(person, room)),
  };
}

function deviceFacts({ media }: Call): Facts['devices'] {
  const camera: DeviceFact = { state: media.cameraState, problem: media.cameraProblem };
  const microphone: DeviceFact = { state: media.micState, problem: media.micProblem };
  return { camera, microphone };
}

export function personFact(person: Participant, room: RoomView | null): PersonFact {
  const { id, name, linkState, measurement, networkReport } = person;
  const path = measurement?.path ?? null;
  return {
    id,
    name,
    state: linkState,
    path,
    carrier: path && room && carrier(path, room),
    isWeak: person.quality === 'weak',
    ours: measurement?.ours ?? null,
    theirs: measurement?.theirs ?? null,
    report: networkReport,
  };
}

function carrier(path: PathFact, room: RoomView): Carrier | null {
  const id = carrierOf(path, room.member_turn);
  if (id === null) return null;
  const name = room.peers.find((peer) => peer.id === id)?.name ?? '';
  return { id, name, isOwn: id === room.me };
}
