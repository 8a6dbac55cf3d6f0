import { renderText } from '../why/render.ts';
import type { Collector } from './collector.ts';

/** `why.txt` and `why.json`: what is not well, and why. */
export const collectWhy: Collector = async function* ({ unhealthy }) {
  const found = await unhealthy();
  const sections = found.map(({ object, ...explanation }) => {
    const name = `${object.kind} ${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name}`;
    return `# ${name}\n${renderText({ object, ...explanation })}`;
  });
  yield { path: 'why.txt', text: found.length === 0 ? 'Nothing was found that is not well.\n' : sections.join('\n') };
  yield { path: 'why.json', text: `${JSON.stringify(found, null, 2)}\n` };
};
