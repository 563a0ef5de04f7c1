/** The words of findings. */
import type { Help, Line, PersonFinding } from '../../doctor/finding';
import { errorWhat } from '../../i18n/error-text';
import { currentLanguage, t } from '../../i18n/i18n.svelte';
import { displayName } from '../../i18n/names';

export const isPerson = (finding: Line | PersonFinding): finding is PersonFinding => 'name' in finding;

export function lineText(line: Line): string {
  const { code, minutes = 0, problem, error } = line;
  if (code === 'clock_ahead') return t('doctor.line.clock_ahead', { count: minutes });
  if (code === 'clock_behind') return t('doctor.line.clock_behind', { count: minutes });
  if (problem && (line.topic === 'camera' || line.topic === 'microphone')) {
    const name = t(`devices.some.${line.topic}`);
    return t(`media.${line.topic}.${problem}`, { name });
  }
  return t(`doctor.line.${code}`, { problem: error ? errorWhat(error) : '' });
}

export function personText({ code, name, isWeak }: PersonFinding): string {
  const text = t(`doctor.way.${code}`, { name: displayName(name) });
  if (!isWeak) return text;
  return text + (currentLanguage() === 'zh-CN' ? '' : ' ') + t('doctor.weak');
}

export const findingText = (finding: Line | PersonFinding): string =>
  isPerson(finding) ? personText(finding) : lineText(finding);

export const helpText = (help: Help, name = ''): string =>
  t(`doctor.help.${help}`, { name: displayName(name) });
