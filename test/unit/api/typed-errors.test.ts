import { expect, test } from 'vitest';
import { typedErrors } from '../../../src/api/apply/typed-errors.ts';
import type { Kind } from '../../../src/api/kind.ts';
import { kinds } from '../../../src/api/scheme.ts';

const container = (fields: object) => ({ spec: { template: { spec: { containers: [{ name: 'c', ...fields }] } } } });

const rows: [name: string, kind: Kind, value: object, errors: string[]][] = [
  ['text for a number', kinds.Deployment, { spec: { replicas: 'lots' } }, ['.spec.replicas: expected numeric (int or float), got string']],
  [
    'a number for text',
    kinds.ConfigMap,
    { data: { VERSION: 1, ON: true } },
    [
      '.data.VERSION: expected string, got &value.valueUnstructured{Value:1}',
      '.data.ON: expected string, got &value.valueUnstructured{Value:true}',
    ],
  ],
  ['text for a truth value', kinds.Deployment, { spec: { paused: 'yes' } }, ['.spec.paused: expected boolean, got &{yes}']],
  ['a list for a map', kinds.Deployment, { spec: [1, 'a'] }, ['.spec: expected map, got &{[1 a]}']],
  [
    'a map for a list',
    kinds.Deployment,
    container({ env: { B: 2, A: 1 } }),
    ['.spec.template.spec.containers[name="c"].env: expected list, got &{map[A:1 B:2]}'],
  ],
  [
    'a map for text',
    kinds.Deployment,
    container({ image: { a: [] } }),
    [
      '.spec.template.spec.containers[name="c"].image: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"a":[]interface {}{}}}',
    ],
  ],
  [
    'two of a name',
    kinds.Deployment,
    container({
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    }),
    ['.spec.template.spec.containers[name="c"].env: duplicate entries for key [name="A"]'],
  ],
  ['a number or text where either may be', kinds.Deployment, container({ resources: { limits: { cpu: 1, memory: '1Gi' } } }), []],
  ['nothing at all', kinds.Deployment, { spec: { replicas: null, paused: null } }, []],
];
test.each(rows)('%s', (_name, kind, value, errors) => expect(typedErrors(kind, value)).toEqual(errors));
