import type { Plugin } from '../framework/interface.ts';

/** Higher priority first; among equals, who came first. */
export const createPrioritySort = (): Plugin => ({
  name: 'PrioritySort',
  less: (a, b) => a.info.priority > b.info.priority || (a.info.priority === b.info.priority && a.timestamp < b.timestamp),
});
