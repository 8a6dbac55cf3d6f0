import { describe, expect, test } from 'vitest';
import { type CheckedKind, expressionWarnings } from '../../../../src/api/cel/admission/type-check.ts';
import { kinds } from '../../../../src/api/scheme.ts';
import { schemaOfDefinition } from '../../../../src/api/structural/from-definition.ts';
import type { ValidatingAdmissionPolicy } from '../../../../src/api/types/admissionregistration-v1.ts';

const checked = ({ group, version, kind, schema }: (typeof kinds)['Deployment' | 'ConfigMap' | 'Pod']): CheckedKind => ({
  group,
  version,
  kind,
  schema: schemaOfDefinition(schema),
});
const deployment = checked(kinds.Deployment);
const warnings = (
  spec: Partial<NonNullable<ValidatingAdmissionPolicy['spec']>>,
  types: CheckedKind[] = [deployment],
  param?: CheckedKind,
): string[] =>
  expressionWarnings({ metadata: { name: 'p' }, spec: { ...spec } } as ValidatingAdmissionPolicy, types, param?.schema).map(
    ({ fieldRef, warning }) => `${fieldRef}: ${warning}`,
  );
const of = (expression: string): string[] => warnings({ validations: [{ expression }] });

describe("a policy's expressions against the kinds that it is for", () => {
  test.each([
    ['object.spec.replicas > 1'],
    ['object.metadata.namespace == request.namespace && object.metadata.labels["a"] == "b"'],
    ['object.spec.template.spec.containers.all(c, c.image.startsWith("x") && sign(quantity(c.resources.limits["cpu"])) > 0)'],
    ['object.metadata.creationTimestamp < timestamp("2030-01-01T00:00:00Z")'],
    ['object.spec.strategy.rollingUpdate.maxSurge == 1 || object.spec.strategy.rollingUpdate.maxSurge == "1"'],
    ['oldObject == null || object.spec.replicas == oldObject.spec.replicas'],
    ['namespaceObject.metadata.labels.exists(k, k == "x")'],
  ])('%s fits', (expression) => {
    expect(of(expression)).toEqual([]);
  });

  test('where they do not fit, the place and the kind are named', () => {
    const validations = [{ expression: "object.spec.replicas > '1'", messageExpression: "'got ' + object.spec.replicas" }];
    const [first, second] = warnings({ validations });
    expect(first).toBe(
      "spec.validations[0].expression: apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^",
    );
    expect(second).toContain(
      "spec.validations[0].messageExpression: apps/v1, Kind=Deployment: ERROR: <input>:1:8: found no matching overload for '_+_'",
    );
  });

  test('each kind has its own line', () => {
    const both = [checked(kinds.ConfigMap), checked(kinds.Pod), deployment];
    expect(
      warnings({ validations: [{ expression: 'object.spec.replicas > 1' }] }, both)
        .join()
        .match(/, Kind=\w+: .*/g),
    ).toEqual([
      ", Kind=ConfigMap: ERROR: <input>:1:7: undefined field 'spec'",
      ", Kind=Pod: ERROR: <input>:1:12: undefined field 'replicas'",
    ]);
  });

  test('variables and parameters have types too', () => {
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      variables: [{ name: 'n', expression: 'object.spec.replicas' }],
      validations: [{ expression: 'variables.n == params.data.most' }],
    };
    expect(warnings(spec, [deployment], checked(kinds.ConfigMap)).join()).toContain("'_==_' applied to '(int, string)'");
    expect(warnings(spec, [deployment])).toEqual([]);
  });
});
