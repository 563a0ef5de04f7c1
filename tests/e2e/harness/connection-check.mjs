import { expect } from '@playwright/test';

/** @typedef {import('@playwright/test').Locator} Locator */

/** The dialog *Connection check* of a call page. */
export class ConnectionCheck {
  /** @param {Locator} dialog */
  constructor(dialog) {
    this.dialog = dialog;
  }

  /**
   * Opens it with the button of the lobby, or in the call with its key.
   *
   * @param {import('./call-page.mjs').CallPage} page
   */
  static async open({ page }) {
    const button = page.getByRole('button', { name: 'Check the connection', exact: true });
    if (await button.isVisible()) await button.click();
    else await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'Connection check' });
    await expect(dialog).toBeVisible();
    return new ConnectionCheck(dialog);
  }

  /** @param {string} code of the finding that stands in the way most; the probes take seconds */
  async expectWorst(code) {
    const summary = this.dialog.locator('.summary');
    await expect(summary).toHaveAttribute('data-code', code, { timeout: 20_000 });
    return summary.innerText();
  }

  /** @param {string} code */
  finding(code) {
    return this.dialog.locator(`li[data-code=${code}]`);
  }

  /** @param {string[]} codes of findings that are shown, each once */
  async expectFindings(...codes) {
    for (const code of codes) await expect(this.finding(code)).toHaveCount(1, { timeout: 20_000 });
  }

  async close() {
    await this.dialog.getByRole('button', { name: 'Done' }).click();
    await expect(this.dialog).toHaveCount(0);
  }
}
