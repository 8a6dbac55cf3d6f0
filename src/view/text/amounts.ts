const binary = ['B', 'Ki', 'Mi', 'Gi', 'Ti'];

/** `512Mi`, `7.8Gi`: at most five characters. */
export function bytes(amount: number): string {
  let value = amount;
  let unit = 0;
  while (value >= 1000 && unit < binary.length - 1) {
    value /= 1024;
    unit++;
  }
  return amount === 0 ? '0' : `${value >= 10 || unit === 0 ? Math.round(value) : Math.round(value * 10) / 10}${binary[unit]}`;
}

/** `250m` below one core, `1.5` above. */
export const cores = (amount: number): string =>
  amount > 0 && amount < 1 ? `${Math.round(amount * 1000)}m` : `${Math.round(amount * 10) / 10}`;
