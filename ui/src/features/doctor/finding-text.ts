/** The words of findings. */
import type { Carrier } from '../../doctor/facts';
import type { Detail, Help, Line, PersonFinding } from '../../doctor/finding';
import { errorWhat } from '../../i18n/error-text';
import { currentLanguage, t } from '../../i18n/i18n.svelte';
import { displayName } from '../../i18n/names';

export const isPerson = (finding: Line | PersonFinding): finding is PersonFinding => 'name' in finding;

export function lineText(line: Line): string {
  const { code, minutes = 0, problem, error } = line;
  if (code === 'clock_ahead' || code === 'clock_behind')
    return t(`doctor.line.${code}`, { time: timeText(minutes) });
  if (problem && (line.topic === 'camera' || line.topic === 'microphone')) {
    const name = t(`devices.some.${line.topic}`);
    return t(`media.${line.topic}.${problem}`, { name });
  }
  return t(`doctor.line.${code}`, { problem: error ? errorWhat(error) : '' });
}

const MINUTES_OF_HOUR = 60;
const MINUTES_OF_DAY = 24 * MINUTES_OF_HOUR;

/** In the largest unit of which there are two. */
function timeText(minutes: number): string {
  const [unit, length] =
    minutes >= 2 * MINUTES_OF_DAY
      ? (['day', MINUTES_OF_DAY] as const)
      : minutes >= 2 * MINUTES_OF_HOUR
        ? (['hour', MINUTES_OF_HOUR] as const)
        : (['minute', 1] as const);
  const format = new Intl.NumberFormat(currentLanguage(), { style: 'unit', unit, unitDisplay: 'long' });
  return format.format(Math.round(minutes / length));
}

/** The carrier of a relayed link. */
function carrierText(carrier: Carrier | null): string {
  if (!carrier) return t('doctor.relay.server');
  return carrier.isOwn
    ? t('doctor.relay.own')
    : t('doctor.relay.member', { name: displayName(carrier.name) });
}

export function personText({ code, name, isWeak, carrier }: PersonFinding): string {
  const text = t(`doctor.way.${code}`, { name: displayName(name), relay: carrierText(carrier) });
  if (!isWeak) return text;
  return text + (currentLanguage() === 'zh-CN' ? '' : ' ') + t('doctor.weak');
}

export const findingText = (finding: Line | PersonFinding): string =>
  isPerson(finding) ? personText(finding) : lineText(finding);

export const helpText = (help: Help, name = ''): string =>
  t(`doctor.help.${help}`, { name: displayName(name) });

/** Without its name, which stands before it. */
export const detailText = ({ value, word }: Detail): string =>
  [value, word && t(`doctor.value.${word}`)].filter(Boolean).join(' · ');
