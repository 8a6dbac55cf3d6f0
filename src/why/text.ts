import { formatQuantity, milliQuantity, quantityOf } from '../api/quantity.ts';

/** `a, b and 3 more`. */
export function someOf(names: readonly string[], most = 3): string {
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `1 is`, `3 are`. */
export const are = (count: number): string => `${count} ${count === 1 ? 'is' : 'are'}`;

const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const;

/** An amount of a resource for people: cpu in thousandths, bytes rounded up to three digits or so, others as they are. */
export function amountText(resource: string, amount: number): string {
  if (resource === 'cpu') return amount < 1000 ? formatQuantity(milliQuantity(amount)) : String(amount / 1000);
  if (!isBytes(resource)) return String(amount);
  let step = 0;
  let value = amount;
  while (Math.abs(value) >= 1024 && step < units.length - 1) {
    value /= 1024;
    step++;
  }
  // Half a GiB is 512Mi to everyone; 1.5Gi is no shorter than 1536Mi.
  if (step > 0 && value < 10 && !Number.isInteger(value)) {
    value *= 1024;
    step--;
  }
  return `${Math.ceil(value)}${units[step]}`;
}

/** An amount as it can be written into a manifest: exact. */
export const exactAmount = (resource: string, amount: number): string =>
  resource === 'cpu'
    ? formatQuantity(milliQuantity(amount))
    : formatQuantity(quantityOf(amount, isBytes(resource) ? 'BinarySI' : 'DecimalSI'));

const isBytes = (resource: string): boolean =>
  resource === 'memory' || resource === 'ephemeral-storage' || resource.startsWith('hugepages-');

/** Those of `candidates` that look most like `wanted`, the nearest first; none that look nothing like it. */
export function nearest(wanted: string, candidates: Iterable<string>, most = 3): string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || a.candidate.localeCompare(b.candidate))
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** Levenshtein's. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
