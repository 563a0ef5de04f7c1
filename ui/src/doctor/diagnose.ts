/** Facts in, findings out. Pure: the same facts have the same findings, in every language. */
import type { Facts } from './facts';
import type { Diagnosis, Line, PersonFinding, Severity } from './finding';
import { diagnoseLines } from './lines';
import { diagnosePerson } from './people';

const WEIGHT: Record<Severity, number> = { blocked: 2, attention: 1, ok: 0, pending: 0, none: 0 };

export function diagnose(facts: Facts): Diagnosis {
  const lines = diagnoseLines(facts);
  const people = facts.people.map((person) => diagnosePerson(facts, person));
  return { lines, people, worst: worstOf([...lines, ...people]) };
}

/** The first of the gravest: lines stand from near to far, so a cause comes before what follows from it. */
function worstOf(findings: readonly (Line | PersonFinding)[]): Line | PersonFinding | null {
  const gravest = Math.max(0, ...findings.map(({ severity }) => WEIGHT[severity]));
  if (gravest === 0) return null;
  return findings.find(({ severity }) => WEIGHT[severity] === gravest) ?? null;
}
