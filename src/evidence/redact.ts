import type { KubeObject } from '../api/object.ts';

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** Names of variables and keys whose values are nobody's business. */
const secretName = /pass(word|wd|phrase)?|secret|token|credential|private|api_?key|access_?key/i;

const hidden = (value: unknown): string => `(redacted, ${typeof value === 'string' ? value.length : 0} characters)`;

/**
 * A copy for people's eyes: without the contents of Secrets, without values of environment variables whose names say that they
 * are secret, and without `managedFields`, which only machines read.
 */
export function redacted(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const copy = withoutSecretValues({ ...object, metadata }) as KubeObject & Partial<Record<'data' | 'stringData', Record<string, string>>>;
  if (object.kind !== 'Secret') return copy;
  for (const field of ['data', 'stringData'] as const) {
    const values = copy[field];
    if (values !== undefined) copy[field] = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, hidden(value)]));
  }
  const annotations = copy.metadata.annotations;
  if (annotations?.[lastApplied] !== undefined) annotations[lastApplied] = hidden(annotations[lastApplied]);
  return copy;
}

function withoutSecretValues(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecretValues);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  const isSecret = typeof fields['name'] === 'string' && typeof fields['value'] === 'string' && secretName.test(fields['name']);
  return Object.fromEntries(
    Object.entries(fields).map(([key, field]) => {
      if (isSecret && key === 'value') return [key, hidden(field)];
      if (key === lastApplied && typeof field === 'string') return [key, redactedText(field)];
      return [key, withoutSecretValues(field)];
    }),
  );
}

/** The object that kubectl noted down as text. */
function redactedText(text: string): string {
  try {
    return JSON.stringify(withoutSecretValues(JSON.parse(text)));
  } catch {
    return hidden(text);
  }
}
