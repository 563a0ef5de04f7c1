import fs from 'node:fs';
import path from 'node:path';

/**
 * Writes the settings that an instance in this folder starts with.
 *
 * @param {string} dir
 * @param {object} settings
 */
export function writeSettings(dir, settings) {
  const profile = path.join(dir, 'profile');
  fs.mkdirSync(profile, { mode: 0o700 });
  fs.writeFileSync(path.join(profile, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
}
