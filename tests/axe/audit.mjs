// Looks at a report as people do: in a wide window, on a phone, in the dark, on paper. Prints one JSON object.
//   node audit.mjs MODULES CHROMIUM PAGE PDF
// MODULES is the folder in which ./test installed axe-core and playwright-core; PDF is written.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const [modules, chromiumPath, page, pdf] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(modules), 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const views = [
  { name: 'desktop', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'phone', width: 360, height: 800, colorScheme: 'light' },
  { name: 'dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: 'paper', width: 1000, height: 1400, colorScheme: 'light', media: 'print' },
];

// As root, which tests are in a container, Chromium runs without its sandbox only; the page is our own.
const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const result = { chromium: browser.version(), axe: require('axe-core/package.json').version, views: [] };
try {
  for (const view of views) {
    const context = await browser.newContext({ viewport: { width: view.width, height: view.height }, colorScheme: view.colorScheme });
    const tab = await context.newPage();
    const requests = [];
    const messages = [];
    tab.on('request', request => { if (!request.url().startsWith('data:')) requests.push(request.url()); });
    tab.on('console', message => messages.push(message.text()));
    tab.on('pageerror', error => messages.push(String(error)));
    await tab.emulateMedia({ media: view.media ?? 'screen', colorScheme: view.colorScheme });
    await tab.goto(pathToFileURL(path.resolve(page)).href);
    const folded = await tab.evaluate(() => [...document.querySelectorAll('details.print')].map(d => {
      const content = d.querySelector(':scope > div');
      return content.checkVisibility({ contentVisibilityAuto: true }) && content.getBoundingClientRect().height > 0;
    }));
    if (!view.media) await tab.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true; }));
    const pictures = await tab.evaluate(() => [...document.images].map(i => i.complete && i.naturalWidth > 0));
    const overflow = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    const styled = await tab.evaluate(() => getComputedStyle(document.querySelector('.answer')).borderLeftWidth);
    await tab.evaluate(axe);
    const found = await tab.evaluate(() => window.axe.run(document, { resultTypes: ['violations', 'incomplete'] }));
    result.views.push({
      name: view.name,
      requests: requests.length,
      messages,
      overflow,
      styled,
      pictures: pictures.length,
      picturesShown: pictures.filter(p => p).length,
      folded: folded.length,
      unfolded: folded.filter(f => f).length,
      rulesPassed: found.passes.length,
      violations: found.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)).join(' | ')}`),
      undecidedContrast: found.incomplete.filter(v => v.id === 'color-contrast').flatMap(v => v.nodes.map(n => n.html.slice(0, 200))),
    });
    if (view.media === 'print') await tab.pdf({ path: pdf, preferCSSPageSize: true, printBackground: true });
    await context.close();
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(result));
