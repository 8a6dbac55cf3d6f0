import type { Kind } from '../kind.ts';
import type { KubeObject } from '../object.ts';

/** An object seen by the parts that most kinds have. */
export interface WithParts extends KubeObject {
  spec?: unknown;
  status?: unknown;
}

export interface StrategyContext {
  /** RFC 3339, second precision. */
  now: string | undefined;
}

type Update = (object: KubeObject, old: KubeObject, context: StrategyContext) => void;
type Part = (object: KubeObject) => unknown;

export interface Strategy {
  /** Makes the status of a new object (undefined: none). `keep` leaves what the creator sent. Absent: the kind has no status of its own. */
  status?: 'keep' | (() => object | undefined);
  /** Generation starts at 1 and moves when any of these parts changes. Absent: the kind has no generation. */
  generation?: readonly Part[];
  create?: (object: KubeObject) => void;
  update?: Update;
  /** `old`: a status write may not touch metadata at all. */
  statusMeta?: 'old';
  /** What each subresource does after the general rule (for `status`: all but status and metadata is as stored). */
  subresource?: Record<string, Update>;
}

export const spec: Part = (object) => (object as WithParts).spec;
export const annotations: Part = (object) => object.metadata.annotations;
export const field =
  (name: string): Part =>
  (object) =>
    (object as unknown as Record<string, unknown>)[name];

/** Everything but identity, metadata and (with a status subresource) status. */
const content =
  (withStatus: boolean): Part =>
  (object) => {
    const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...rest } = object as WithParts;
    if (withStatus) delete rest.status;
    return rest;
  };

/** Custom resources: generation follows everything except metadata and, with the status subresource, status. */
export function customResource(kind: Kind): Strategy {
  const withStatus = kind.subresources.includes('status');
  return {
    generation: [content(withStatus)],
    ...(withStatus ? { status: () => undefined, statusMeta: 'old' } : {}),
  };
}

/** Writes typed functions as the table's untyped ones; the table pairs each with its kind. */
export const typed = <T extends KubeObject>(functions: {
  create?: (object: T) => void;
  update?: (object: T, old: T, context: StrategyContext) => void;
  subresource?: Record<string, (object: T, old: T, context: StrategyContext) => void>;
}): Pick<Strategy, 'create' | 'update' | 'subresource'> => functions as Pick<Strategy, 'create' | 'update' | 'subresource'>;
