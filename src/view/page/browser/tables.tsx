import { allPods } from '../../filter.ts';
import type { Picture } from '../../picture.ts';
import { bytes, cores } from '../../text/amounts.ts';
import { rolloutText } from '../../text/marks.ts';

/** The same as the diagram in words and figures. */
export function Tables({ picture }: { picture: Picture }) {
  return (
    <div class="tables">
      <Table
        caption="Nodes"
        head={['Node', 'State', 'Role', 'CPU asked for', 'Memory asked for', 'Pods']}
        rows={picture.nodes.map((node) => [
          node.name,
          `${node.state}${node.schedulable ? '' : ', cordoned'}`,
          node.role,
          `${cores(node.cpu.requested)} of ${cores(node.cpu.allocatable)}`,
          `${bytes(node.memory.requested)} of ${bytes(node.memory.allocatable)}`,
          `${node.pods.length} of ${node.maxPods}`,
        ])}
      />
      <Table
        caption="Services and the pods that answer for them"
        head={['Service', 'Namespace', 'Ports', 'Pods', 'Nodes']}
        rows={picture.services.map(({ name, namespace, ports, endpoints }) => [
          name,
          namespace,
          ports.join(', '),
          endpoints.map(({ pod, ip, ready }) => `${pod ?? ip}${ready ? '' : ' (not ready)'}`).join(', ') || 'none',
          [...new Set(endpoints.map(({ node }) => node ?? ''))].join(', '),
        ])}
      />
      <Table
        caption="Workloads"
        head={['Workload', 'Kind', 'Namespace', 'Ready', 'Rollout', 'Images']}
        rows={picture.workloads.map((workload) => [
          workload.name,
          workload.kind,
          workload.namespace,
          rolloutText(workload),
          workload.state,
          workload.images.join(', '),
        ])}
      />
      <Table
        caption="Pods"
        head={['Pod', 'Namespace', 'Node', 'Status', 'Restarts', 'Why']}
        rows={allPods(picture).map((pod) => [
          pod.name,
          pod.namespace,
          pod.node ?? 'none yet',
          pod.status,
          String(pod.restarts),
          pod.message ?? '',
        ])}
      />
    </div>
  );
}

function Table({ caption, head, rows }: { caption: string; head: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with keys.
    <section class="table" tabIndex={0} aria-label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {head.map((each) => (
              <th key={each} scope="col">
                {each}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells) => (
            <tr key={`${cells[0]}/${cells[1]}`}>
              {cells.map((cell, index) =>
                index === 0 ? (
                  <th scope="row" key={head[index]}>
                    {cell}
                  </th>
                ) : (
                  <td key={head[index]}>{cell}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
