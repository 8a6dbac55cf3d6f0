import { rm, statfs } from 'node:fs/promises';
import { quantityToNumber } from '../../api/quantity.ts';
import type { Handler } from '../executor.ts';
import type { FaultSpec } from '../fault.ts';
import { fillerOf } from './names.ts';
import type { NodeAccess } from './node.ts';

/** The node's volumes lie on the disk of the machine: so much of that is left alone. */
const reservedBytes = 1024 ** 3;

/** How many bytes to write, given the disk's size and what is free of it. Throws when too little would be left. */
export function fillBytes({ size, percent }: NonNullable<FaultSpec['disk']>, disk: { total: number; free: number }): number {
  const used = disk.total - disk.free;
  const wanted =
    size === undefined ? Math.max(0, Math.floor((disk.total * (percent ?? 0)) / 100) - used) : Math.round(quantityToNumber(size));
  const left = disk.free - wanted;
  if (left >= reservedBytes) return wanted;
  throw new Error(
    `it would leave ${Math.max(0, Math.round(left / 1024 ** 2))} MiB of this machine's disk, less than the 1024 MiB that are kept free`,
  );
}

/** Writes one large file to where pods' volumes lie. */
export const fillDisk = (node: NodeAccess): Handler => ({
  async inject(injection) {
    const { blocks, bavail, bsize } = await statfs(node.data);
    const bytes = fillBytes(injection.spec.disk ?? {}, { total: blocks * bsize, free: bavail * bsize });
    if (bytes > 0) await node.run('fallocate', ['-l', String(bytes), fillerOf(injection, node.data)]);
  },
  undo: (injection) => rm(fillerOf(injection, node.data), { force: true }),
});

/** `tail` keeps what has no end of line yet: it holds that many bytes for as long as its input stays open. */
export const eatMemory = (node: NodeAccess): Handler => ({
  async inject({ id, spec }) {
    const bytes = Math.round(quantityToNumber(spec.memory?.size ?? '0'));
    node.start(id, '/bin/sh', ['-c', `(head -c ${bytes} /dev/zero; exec sleep infinity) | tail -n 1`]);
  },
  undo: ({ id }) => node.endFault(id),
});

export const eatCpu = (node: NodeAccess): Handler => ({
  async inject({ id, spec }) {
    for (let core = 0; core < (spec.cpu?.cores ?? 1); core++) node.start(id, '/bin/sh', ['-c', 'while :; do :; done']);
  },
  undo: ({ id }) => node.endFault(id),
});
