import type { Detail, Diagnosis, PersonFinding } from '../../doctor/finding';
import { maskAddresses } from '../../doctor/mask';
import { t } from '../../i18n/i18n.svelte';
import { detailText, lineText, personText } from './finding-text';

/** The check as text, to send to somebody who can help: without addresses and without names of people. */
export function reportText({ lines, people }: Diagnosis, version: string): string {
  const number = (id: string) => `#${people.findIndex((person) => person.id === id) + 1 || '?'}`;
  const anonymous = (person: PersonFinding): PersonFinding => ({
    ...person,
    name: number(person.id),
    carrier: person.carrier && { ...person.carrier, name: number(person.carrier.id) },
  });
  const text = [
    t('doctor.report', { version }),
    ...lines.flatMap((line) => [
      `${t(`doctor.severity.${line.severity}`)} ${lineText(line)}`,
      ...line.details.map(detailLine),
    ]),
    ...people.flatMap((person) => [
      `${t(`doctor.severity.${person.severity}`)} ${number(person.id)}: ${personText(anonymous(person))}`,
      ...person.details.map(detailLine),
    ]),
  ];
  return `${maskAddresses(text.join('\n'))}\n`;
}

const detailLine = (detail: Detail): string =>
  `    ${t(`doctor.detail.${detail.name}`)}: ${detailText(detail)}`;
