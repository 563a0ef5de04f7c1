import type { LocalMedia } from '../../../call/local-media.svelte';
import type { Participant } from '../../../call/participant.svelte';
import { t } from '../../../i18n/i18n.svelte';
import { displayName, shownName } from '../../../i18n/names';
import type { QualityLevel } from '../../../doctor/quality';
import type { TileSpec } from '../../../layout/select-tiles';

/** Signs beside the name. */
export type TileMark = 'guest' | 'sharing' | 'muted_for_me' | 'muted' | 'camera_off';

/** A problem of the connection. `pending` may pass by itself. */
export interface TileStatus {
  readonly kind: 'pending' | 'over';
  readonly text: string;
  /** Says more about it. */
  readonly onmore?: () => void;
}

interface CommonTile {
  /** As shown; never empty. */
  readonly name: string;
  /** The name that the colour, and the initial where there is no picture, are made from. */
  readonly initialOf: string;
  readonly stream: MediaStream | null;
  /** `frozen` keeps the last picture, darkened; `hidden` shows the initial. */
  readonly picture: 'live' | 'frozen' | 'hidden';
  readonly marks: readonly TileMark[];
  readonly isSpeaking: boolean;
}

/** The content of a tile. The own picture is mirrored; a screen is shown whole and has no initial. */
export type TileModel =
  | (CommonTile & {
      readonly kind: 'person';
      readonly peer: string;
      readonly status: TileStatus | null;
      readonly quality: QualityLevel | null;
    })
  | (CommonTile & { readonly kind: 'self' })
  | (CommonTile & { readonly kind: 'screen'; readonly peer: string | null });

type Person = Pick<
  Participant,
  | 'id'
  | 'name'
  | 'isGuest'
  | 'stream'
  | 'screen'
  | 'micOn'
  | 'cameraOn'
  | 'speaking'
  | 'linkState'
  | 'presence'
  | 'quality'
>;
type OwnMedia = Pick<LocalMedia, 'stream' | 'micState' | 'cameraOn' | 'isSilenced'>;

export const SELF_TILE_KEY = 'self';
export const personTileKey = (peer: string): string => `person ${peer}`;
export const screenTileKey = (peer: string): string => `screen ${peer}`;

/** The tiles of the stage: people, then screens, then the own tile. */
export function tileSpecs(people: readonly Pick<Person, 'id' | 'screen'>[], showsSelf: boolean): TileSpec[] {
  return [
    ...people.map(({ id }) => ({ key: personTileKey(id), kind: 'person' as const })),
    ...people
      .filter(({ screen }) => screen !== null)
      .map(({ id }) => ({ key: screenTileKey(id), kind: 'screen' as const })),
    ...(showsSelf ? [{ key: SELF_TILE_KEY, kind: 'self' as const }] : []),
  ];
}

export function personTile(person: Person, isMutedForMe: boolean): TileModel {
  const { id, name, micOn, cameraOn } = person;
  return {
    kind: 'person',
    peer: id,
    name: shownName(name),
    initialOf: name,
    stream: person.linkState === 'ended' ? null : person.stream,
    picture: cameraOn ? pictureOf(person) : 'hidden',
    marks: [
      ...(person.isGuest ? ['guest' as const] : []),
      ...(person.screen !== null ? ['sharing' as const] : []),
      ...(isMutedForMe ? ['muted_for_me' as const] : []),
      ...deviceMarks(micOn, cameraOn),
    ],
    isSpeaking: person.speaking && micOn,
    status: statusOf(person),
    quality: person.linkState === 'connected' ? person.quality : null,
  };
}

export function screenTile(person: Person): TileModel {
  const name = t('stage.screen_of', { name: displayName(person.name) });
  return {
    kind: 'screen',
    peer: null,
    name,
    initialOf: name,
    stream: person.screen,
    picture: pictureOf(person),
    marks: [],
    isSpeaking: false,
  };
}

export function selfTile(media: OwnMedia, ownName: string, isSpeaking: boolean): TileModel {
  const { stream, cameraOn, micState, isSilenced } = media;
  const isMuted = micState === 'off' || micState === 'missing' || isSilenced;
  return {
    kind: 'self',
    name: t('person.you'),
    initialOf: ownName,
    stream,
    picture: cameraOn ? 'live' : 'hidden',
    marks: deviceMarks(!isMuted, cameraOn && stream !== null),
    isSpeaking: isSpeaking && !isMuted,
  };
}

/** In the small window one tile stands for a person: the screen that they share, else their camera. */
export function pipTile(person: Person): TileModel {
  const tile = personTile(person, false);
  if (person.screen === null)
    return { ...tile, kind: 'person', peer: person.id, status: null, quality: null };
  return {
    ...tile,
    kind: 'screen',
    peer: person.id,
    stream: person.screen,
    picture: pictureOf(person),
    marks: [...(person.isGuest ? ['guest' as const] : []), ...deviceMarks(person.micOn, true)],
  };
}

const pictureOf = ({ linkState }: Person): 'live' | 'frozen' =>
  linkState === 'connected' ? 'live' : 'frozen';

const deviceMarks = (micOn: boolean, cameraOn: boolean): TileMark[] => [
  ...(micOn ? [] : ['muted' as const]),
  ...(cameraOn ? [] : ['camera_off' as const]),
];

function statusOf({ linkState, presence, name }: Person): TileStatus | null {
  const about = { name: displayName(name) };
  if (linkState === 'ended') return { kind: 'over', text: t('safety.ended') };
  if (presence === 'absent') return { kind: 'over', text: t('stage.gone', about) };
  if (linkState === 'failed') return { kind: 'pending', text: t('call.failed', about) };
  if (linkState === 'reconnecting' || (linkState === 'connecting' && presence !== 'online')) {
    return { kind: 'pending', text: t('call.reconnecting', about) };
  }
  return linkState === 'connecting' ? { kind: 'pending', text: t('call.connecting', about) } : null;
}
