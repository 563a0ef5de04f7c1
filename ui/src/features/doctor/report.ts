import type { Diagnosis } from '../../doctor/finding';
import { maskAddresses } from '../../doctor/mask';
import { t } from '../../i18n/i18n.svelte';
import { lineText, personText } from './finding-text';

/** The check as text, to send to somebody who can help: without addresses and without names of people. */
export function reportText({ lines, people }: Diagnosis, version: string): string {
  const text = [
    t('doctor.report', { version }),
    ...lines.flatMap((line) => [
      `${t(`doctor.severity.${line.severity}`)} ${lineText(line)}`,
      ...line.details.map(
        ({ name, value, isWord }) =>
          `    ${t(`doctor.detail.${name}`)}: ${isWord ? t(`doctor.value.${value as 'none'}`) : value}`,
      ),
    ]),
    ...people.map((person, index) => {
      const anonymous = { ...person, name: `#${index + 1}` };
      return `${t(`doctor.severity.${person.severity}`)} #${index + 1}: ${personText(anonymous)}`;
    }),
  ];
  return `${maskAddresses(text.join('\n'))}\n`;
}
