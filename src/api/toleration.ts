import type { Taint, Toleration } from './types/core-v1.ts';

/**
 * Whether `toleration` tolerates `taint` (component-helpers scheduling/corev1 `ToleratesTaint`). An empty key with operator
 * Exists tolerates everything, an empty effect every effect; Lt and Gt compare whole numbers.
 */
export function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  const { effect = '', key = '', operator = '', value = '' } = toleration;
  if (effect !== '' && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  switch (operator) {
    case '':
    case 'Equal':
      return value === (taint.value ?? '');
    case 'Exists':
      return true;
    case 'Lt':
    case 'Gt':
      return compareIntegers(operator, taint.value ?? '', value);
    default:
      return false;
  }
}

function compareIntegers(operator: 'Lt' | 'Gt', taint: string, toleration: string): boolean {
  const canonical = /^(0|-?[1-9]\d*)$/;
  if (!canonical.test(taint) || !canonical.test(toleration)) return false;
  return operator === 'Lt' ? BigInt(taint) < BigInt(toleration) : BigInt(taint) > BigInt(toleration);
}

export const toleratesTaints = (tolerations: readonly Toleration[], taint: Taint): boolean =>
  tolerations.some((toleration) => toleratesTaint(toleration, taint));

/** The first taint among those of `effects` that none of the tolerations covers (`FindMatchingUntoleratedTaint`). */
export const untoleratedTaint = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined => taints?.find((taint) => effects.includes(taint.effect) && !toleratesTaints(tolerations ?? [], taint));
