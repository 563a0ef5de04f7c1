import { FakeBackend } from './backend';
import { scenarios } from './scenarios';

export { FakeBackend } from './backend';
export { aPeer, aRoom, aView } from './views';

/** A backend that plays a scenario, for development and for the views' screenshots: `?fake=<scenario>`. */
export function fakeBackend(name: string): FakeBackend {
  const scenario = scenarios[name];
  if (!scenario) throw new Error(`no scenario ${name}; there are ${Object.keys(scenarios).join(', ')}`);
  return scenario();
}
