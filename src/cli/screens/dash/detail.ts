import { age } from '../../../view/text/age.ts';
import { podMarks, rolloutMarks, rolloutText } from '../../../view/text/marks.ts';
import { type Line, line, printable, type Span, span } from '../../../view/text/spans.ts';
import { targetOf } from './cursor.ts';
import type { DashState } from './state.ts';

/** The line that says most about what is under the cursor. */
export function detailLine(state: DashState): Line {
  const target = targetOf(state);
  const { now } = state;
  switch (target.kind) {
    case 'pod': {
      const { name, status, tone, ready, containers, restarts, createdAt, node, ip, message } = target.pod;
      const facts = [
        `${ready}/${containers.length}`,
        restarts > 0 ? `${restarts} restarts` : '',
        age(createdAt, now),
        node ?? '',
        ip ?? '',
      ];
      return [span(` ${name} `, 'strong'), span(status, podMarks[tone].style), ...rest(facts, message)];
    }
    case 'node': {
      const { name, role, state: is, schedulable, simulated, pods, maxPods, createdAt } = target.node;
      const facts = [
        role,
        simulated ? 'simulated' : '',
        schedulable ? '' : 'cordoned',
        `${pods.length} of ${maxPods} pods`,
        age(createdAt, now),
      ];
      return [span(` ${name} `, 'strong'), span(is, is === 'Ready' ? 'good' : 'bad'), ...rest(facts)];
    }
    case 'workload': {
      const { name, kind, state: is, images, createdAt, message } = target.workload;
      const facts = [rolloutText(target.workload), images.join(','), age(createdAt, now)];
      return [span(` ${kind}/${name} `, 'strong'), span(is, rolloutMarks[is].style), ...rest(facts, message)];
    }
    case 'service': {
      const { name, type, clusterIP, ports, endpoints } = target.service;
      const facts = [type, clusterIP ?? '', ports.join(','), `${endpoints.filter(({ ready }) => ready).length} ready endpoints`];
      return [span(` ${name}`, 'strong'), ...rest(facts)];
    }
    case 'none':
      return line('');
  }
}

function rest(facts: readonly string[], message?: string): Span[] {
  const text = facts.filter((fact) => fact !== '').join(' · ');
  return [span(` · ${text}`, 'dim'), ...(message === undefined ? [] : [span(`  ${printable(message)}`, 'busy')])];
}
