/** Where the tests of custom resources find the definition that they share, and its objects. */
export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const collection = '/apis/stable.example.com/v1/namespaces/default/crontabs';
export const merge = { type: 'application/merge-patch+json' };
// biome-ignore lint/suspicious/noExplicitAny: objects are built and looked into by path
export type Loose = any;

/** Lets what runs behind the server run: its controllers answer to events, not to time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
